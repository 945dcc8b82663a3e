# TBB::tbb and Boost::headers: from the system where it has them, else from the Python packages that carry them
# (pxr-tbb-dev and libboost-headers, see build-system.requires in pyproject.toml).

if(DRIFTLINE_PYTHON)
  find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
  find_package(pybind11 3.1 CONFIG REQUIRED)
else()
  find_package(Python 3.10 QUIET COMPONENTS Interpreter)
endif()

# Where carriers may be: the prefixes scikit-build-core passes, and the interpreter's own site-packages.
set(carrier_prefixes ${CMAKE_PREFIX_PATH} ${Python_SITELIB})

# Looks for the CMake package `name` on the system first and among the carriers second.
#
# The first search leaves out the folders of PATH. Otherwise an active virtual environment, whose bin folder is in PATH,
# would be found before the system.
macro(find_system_or_carried name version)
  set(CMAKE_PREFIX_PATH "")
  find_package(${name} ${version} CONFIG QUIET NO_SYSTEM_ENVIRONMENT_PATH)
  set(CMAKE_PREFIX_PATH ${carrier_prefixes})
  if(NOT ${name}_FOUND)
    find_package(${name} ${version} CONFIG QUIET)
  endif()
endmacro()

function(require_package name version carrier debian_package)
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "${name} ${version} or newer was not found. Install the Python package ${carrier} or the Debian "
                        "package ${debian_package}, or set ${name}_ROOT to the folder that holds it.")
  endif()
  message(STATUS "${name} ${${name}_VERSION}: ${${name}_DIR}")
endfunction()

find_system_or_carried(TBB 2021.8)
require_package(TBB 2021.8 pxr-tbb-dev libtbb-dev)

find_system_or_carried(Boost 1.81)
if(NOT Boost_FOUND)
  # libboost-headers brings no CMake package.
  find_path(Boost_DIR boost/version.hpp PATHS ${carrier_prefixes} PATH_SUFFIXES libboost_headers/include NO_CACHE NO_DEFAULT_PATH)
  if(Boost_DIR)
    file(STRINGS ${Boost_DIR}/boost/version.hpp version_line REGEX "define BOOST_LIB_VERSION")
    string(REGEX MATCH "[0-9]+_[0-9]+" Boost_VERSION "${version_line}")
    string(REPLACE "_" "." Boost_VERSION "${Boost_VERSION}")
    add_library(Boost::headers INTERFACE IMPORTED)
    target_include_directories(Boost::headers INTERFACE ${Boost_DIR})
    set(Boost_FOUND TRUE)
  endif()
endif()
require_package(Boost 1.81 libboost-headers libboost1.81-dev)
