// What libkyc_torch.so is made of. Internal to it.
#pragma once

#include <memory>

#include "kyc/nn/graph_engine.h"

namespace kyc {

std::unique_ptr<GraphEngine> make_torch_graph(const GraphPlan& plan, const GraphOptions& options);
std::unique_ptr<TrainingEngine> make_torch_training(const GraphPlan& plan, const TrainingOptions& options);

}  // namespace kyc
