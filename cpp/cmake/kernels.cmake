# Instruction sets beyond the base of the processor family: each has translation units of its own, and the program
# chooses among them when it runs. Elsewhere than on x86-64 there are the scalar kernels alone.
string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
if(processor MATCHES "^(x86_64|amd64)$")
  set(DRIFTLINE_X86_KERNELS TRUE)
  set(kernels ${CMAKE_CURRENT_SOURCE_DIR}/driftline/summary/numeric_kernels)
  set(avx2_options -mavx2 -mbmi -mbmi2)
  # GCC 12 warns about its own header.
  set(avx512_options ${avx2_options} -mavx512f -mavx512dq -mavx512bw -mavx512vl -Wno-maybe-uninitialized)
  set_source_files_properties(${kernels}.cpp PROPERTIES COMPILE_DEFINITIONS DRIFTLINE_X86_KERNELS)
  set_source_files_properties(${kernels}_avx2.cpp PROPERTIES COMPILE_OPTIONS "${avx2_options}")
  set_source_files_properties(${kernels}_avx512.cpp PROPERTIES COMPILE_OPTIONS "${avx512_options}")
else()
  set(DRIFTLINE_X86_KERNELS FALSE)
endif()
