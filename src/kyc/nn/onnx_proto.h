// ONNX's protobuf classes. Internal to nn/. The header must be told which of its forms Debian installs.
#pragma once

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>
