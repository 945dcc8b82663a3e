# driftline_compile_options: what every target of the project is compiled with.
add_library(driftline_compile_options INTERFACE)

# Without -ffp-contract=off GCC fuses a*b+c on machines that have FMA, and the same data would give other bytes there.
# GCC 12 at -O3 takes the shift of Boost.Multiprecision, once inlined, for an endless loop.
target_compile_options(
  driftline_compile_options
  INTERFACE -ffp-contract=off
            -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            $<$<CXX_COMPILER_ID:GNU>:-Wno-aggressive-loop-optimizations>
            $<$<BOOL:${DRIFTLINE_WERROR}>:-Werror>
)

# GCC 12 takes destructors of std::variant for uses of what was never written, once they are instrumented.
if(DRIFTLINE_SANITIZE)
  target_compile_options(
    driftline_compile_options
    INTERFACE -fsanitize=${DRIFTLINE_SANITIZE}
              -fno-sanitize-recover=all
              -fno-omit-frame-pointer
              $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
  )
  target_link_options(driftline_compile_options INTERFACE -fsanitize=${DRIFTLINE_SANITIZE})
endif()
