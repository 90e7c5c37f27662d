// The face engine against its peers on one clip, in one run, repeats interleaved.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kyc/cli/commands.h"
#include "kyc/cli/plain_loop.h"

namespace kyc::cli {

struct BenchmarkOptions {
  std::string clip;
  int frames = 0;   // the first ones of the clip; 0: all
  int repeats = 5;  // of each contender, in turns
  int threads = 2;  // of the frame-parallel contender
};

struct Peer {
  std::string name;  // "plain loop, ONNX Runtime"
  std::unique_ptr<Engine> engine;
};
using MakePeers = std::function<std::vector<Peer>(const ModelManifest& models)>;

// Measures and prints: a table, or JSON with --json.
// peers  made after the memory of our own engine was measured
int benchmark_face(const BenchmarkOptions& options, const GlobalOptions& global, const MakePeers& peers);

}  // namespace kyc::cli
