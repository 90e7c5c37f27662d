# onnxruntime::onnxruntime: the system's (Debian 13 packages it), else what tools/setup put into .deps/onnxruntime. In the
# latter case KYC_ONNXRUNTIME_LIBRARY is the file, and it is installed with the program.

find_package(onnxruntime QUIET CONFIG)
if(NOT TARGET onnxruntime::onnxruntime)
  set(KYC_ONNXRUNTIME_ROOT "${PROJECT_SOURCE_DIR}/.deps/onnxruntime" CACHE PATH "Folder with include/ and lib/ of ONNX Runtime")
  set(KYC_ONNXRUNTIME_LIBRARY "${KYC_ONNXRUNTIME_ROOT}/lib/libonnxruntime.so.1")
  if(NOT EXISTS "${KYC_ONNXRUNTIME_ROOT}/include/onnxruntime_cxx_api.h" OR NOT EXISTS "${KYC_ONNXRUNTIME_LIBRARY}")
    message(FATAL_ERROR "ONNX Runtime not found in ${KYC_ONNXRUNTIME_ROOT}: run tools/setup first (make demo and make test do)")
  endif()
  add_library(onnxruntime::onnxruntime SHARED IMPORTED)
  set_target_properties(onnxruntime::onnxruntime PROPERTIES
    IMPORTED_LOCATION "${KYC_ONNXRUNTIME_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${KYC_ONNXRUNTIME_ROOT}/include")
endif()
