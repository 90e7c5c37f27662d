// The architectures, one family per file. Internal to nn/architectures/.
#pragma once

#include "kyc/nn/architectures/network.h"

namespace kyc {

// Each takes the picture to the logits.
Layer xception(Network& network, const Layer& image, std::int64_t outputs);
Layer efficientnet_b4(Network& network, const Layer& image, std::int64_t outputs);
Layer efficientnet_v2_s(Network& network, const Layer& image, std::int64_t outputs);
// EfficientNetV2-B: b in 0..4. B4 was never published: width 1.4, depth 1.8, dropout 0.4, as EfficientNet-B4
// has them.
Layer efficientnet_v2_b(Network& network, const Layer& image, std::int64_t outputs, int b);
Layer mesonet_4(Network& network, const Layer& image, std::int64_t outputs);
Layer mesoinception_4(Network& network, const Layer& image, std::int64_t outputs);
Layer convnet(Network& network, const Layer& image, std::int64_t outputs);
Layer resnet_18(Network& network, const Layer& image, std::int64_t outputs);

}  // namespace kyc
