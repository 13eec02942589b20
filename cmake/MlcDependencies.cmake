# What mlc builds on: LLVM and MLIR 22, nlohmann/json, CLI11, zlib, libzip.
find_package(MLIR REQUIRED CONFIG PATHS /usr/lib/llvm-22 NO_CMAKE_FIND_ROOT_PATH)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "mlc needs LLVM and MLIR 22, found ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}: "
                      "install libmlir-22-dev, llvm-22-dev and mlir-22-tools, or set MLIR_DIR")
endif()
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(SNDFILE REQUIRED IMPORTED_TARGET sndfile)
