// As `kyclops benchmark face`, with OpenCV's dnn module as one more peer: face_peers CLIP [frames [repeats]]
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <opencv2/dnn.hpp>

#include "kyc/cli/benchmark_face.h"

namespace kyc::cli {
namespace {

// The same model files, one thread.
class OpenCvEngine final : public Engine {
 public:
  explicit OpenCvEngine(const ModelManifest& models) {
    cv::setNumThreads(1);
    for (const std::string& name : plain_loop_models()) {
      Network network{cv::dnn::readNetFromONNX(models.file_of(models.entry(name)).string()), {}};
      for (const std::string& output : models.entry(name).outputs)
        network.outputs.push_back(output.substr(0, output.find(' ')));
      networks_.emplace(name, std::move(network));
    }
  }

  std::vector<Tensor> run(const std::string& model, const Tensor& input) override {
    Network& network = networks_.at(model);
    const std::vector<int> shape(input.shape.begin(), input.shape.end());
    network.net.setInput(cv::Mat(shape, CV_32F, const_cast<float*>(input.data.data())));
    std::vector<cv::Mat> outputs;
    network.net.forward(outputs, network.outputs);
    std::vector<Tensor> out;
    for (const cv::Mat& one : outputs)
      out.push_back(
          {{one.size.p, one.size.p + one.dims}, {one.ptr<float>(), one.ptr<float>() + one.total()}});
    return out;
  }

 private:
  struct Network {
    cv::dnn::Net net;
    std::vector<std::string> outputs;
  };
  std::map<std::string, Network> networks_;
};

int run(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: face_peers CLIP [frames [repeats]]\n");
    return kUsage;
  }
  BenchmarkOptions options;
  options.clip = argv[1];
  if (argc > 2) options.frames = std::atoi(argv[2]);
  if (argc > 3) options.repeats = std::atoi(argv[3]);
  GlobalOptions global;
  global.models = default_models_folder();
  return benchmark_face(options, global, [](const ModelManifest& models) {
    std::vector<Peer> peers;
    peers.push_back({"plain loop, stock ONNX Runtime", stock_engine(models)});
    peers.push_back({"plain loop, OpenCV dnn", std::make_unique<OpenCvEngine>(models)});
    return peers;
  });
}

}  // namespace
}  // namespace kyc::cli

int main(int argc, char** argv) {
  try {
    return kyc::cli::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "face_peers: %s\n", error.what());
    return kyc::cli::kBadInput;
  }
}
