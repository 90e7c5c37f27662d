// LibTorch's headers, precompiled for libkyc_torch.so. Only what is needed: <torch/torch.h> takes 29 s a
// file, this 11 s.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <torch/version.h>
