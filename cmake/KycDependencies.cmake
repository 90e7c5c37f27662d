# Every third-party library, found once. tools/setup brings what Debian 12 does not package (ONNX Runtime) into .deps/.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(OpenCV REQUIRED COMPONENTS core imgproc calib3d)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswscale)
find_package(nlohmann_json REQUIRED)
find_package(Protobuf REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

if(KYC_DEVELOPER_MODE)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# ONNX Runtime: the system's (Debian 13 packages it), else what tools/setup put into .deps/onnxruntime.
find_package(onnxruntime QUIET CONFIG)
if(NOT TARGET onnxruntime::onnxruntime)
  set(KYC_ONNXRUNTIME_ROOT "${PROJECT_SOURCE_DIR}/.deps/onnxruntime" CACHE PATH "Folder with include/ and lib/ of ONNX Runtime")
  find_path(ONNXRUNTIME_INCLUDE_DIR onnxruntime_cxx_api.h PATHS "${KYC_ONNXRUNTIME_ROOT}/include" NO_DEFAULT_PATH)
  find_library(ONNXRUNTIME_LIBRARY NAMES libonnxruntime.so.1 PATHS "${KYC_ONNXRUNTIME_ROOT}/lib" NO_DEFAULT_PATH)
  if(NOT ONNXRUNTIME_INCLUDE_DIR OR NOT ONNXRUNTIME_LIBRARY)
    message(FATAL_ERROR "ONNX Runtime not found in ${KYC_ONNXRUNTIME_ROOT}: run tools/setup first (make demo and make test do)")
  endif()
  add_library(onnxruntime::onnxruntime SHARED IMPORTED)
  set_target_properties(onnxruntime::onnxruntime PROPERTIES
    IMPORTED_LOCATION "${ONNXRUNTIME_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${ONNXRUNTIME_INCLUDE_DIR}")
endif()

find_program(KYC_CCACHE ccache)
if(KYC_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${KYC_CCACHE}")
endif()
