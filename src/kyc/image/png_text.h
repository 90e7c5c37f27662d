// Text in a PNG file's own metadata.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kyc {

// The same picture with a tEXt chunk (PNG specification, 11.3.4.3) behind its header.
// png      a whole PNG file, as encode_png makes it
// keyword  1 to 79 characters; text: ASCII
std::vector<std::uint8_t> with_png_text(const std::vector<std::uint8_t>& png,
                                        const std::string& keyword,
                                        const std::string& text);

}  // namespace kyc
