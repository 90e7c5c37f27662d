# OpenCV's modules one by one: Debian has a package for each, and the one with OpenCV's own CMake files pulls in all of
# them, with what they need (three hundred packages: GDAL, VTK, Qt ...). Where OpenCV's own files are there, they are used.
#
#   find_package(OpenCVModules REQUIRED COMPONENTS core calib3d)    -> targets opencv_core, opencv_calib3d
include(FindPackageHandleStandardArgs)

find_package(OpenCV QUIET CONFIG COMPONENTS ${OpenCVModules_FIND_COMPONENTS})
if(OpenCV_FOUND)
  set(OpenCVModules_VERSION "${OpenCV_VERSION}")
endif()
foreach(module IN LISTS OpenCVModules_FIND_COMPONENTS)
  if(NOT TARGET opencv_${module})
    find_path(OpenCVModules_${module}_INCLUDE_DIR "opencv2/${module}.hpp" PATH_SUFFIXES opencv4)
    find_library(OpenCVModules_${module}_LIBRARY "opencv_${module}")
    mark_as_advanced(OpenCVModules_${module}_INCLUDE_DIR OpenCVModules_${module}_LIBRARY)
    if(OpenCVModules_${module}_INCLUDE_DIR AND OpenCVModules_${module}_LIBRARY)
      add_library(opencv_${module} SHARED IMPORTED)
      set_target_properties(opencv_${module} PROPERTIES IMPORTED_LOCATION "${OpenCVModules_${module}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${OpenCVModules_${module}_INCLUDE_DIR}"
        INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${OpenCVModules_${module}_INCLUDE_DIR}")
    endif()
  endif()
  if(TARGET opencv_${module})
    set(OpenCVModules_${module}_FOUND TRUE)
  endif()
endforeach()
find_package_handle_standard_args(OpenCVModules REQUIRED_VARS CMAKE_CURRENT_LIST_FILE HANDLE_COMPONENTS
  REASON_FAILURE_MESSAGE "Debian: libopencv-<module>-dev, or libopencv-dev for all of them")
