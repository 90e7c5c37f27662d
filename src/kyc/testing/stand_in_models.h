// A models folder in which stand-ins take the place of the networks that only a user can bring.
#pragma once

#include <filesystem>

namespace kyc {

// Writes into `out` the manifest of `models`, links to the files that are there, and for every entry that
// changes pictures (ModelEdit), and for the recogniser that it names, a stand-in with the interface that the
// entry describes. Swap networks soften the face and tint it by the identity that they are given; restoring
// ones sharpen. `out` must not exist.
// throws  as ModelManifest; Error{Unavailable} not writable
void write_stand_in_models(const std::filesystem::path& models, const std::filesystem::path& out);

}  // namespace kyc
