// Whole files in and out, with a limit before allocation on the way in and all-or-nothing on the way out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kyc {

// throws  Error{NotFound} if it cannot be opened or is no regular file, Error{InvalidArgument} if it is
// larger than
//         max_bytes; the message names the file
std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::uint64_t max_bytes = 1ULL << 30);
std::string read_text_file(const std::filesystem::path& path, std::uint64_t max_bytes = 1ULL << 30);

// Writes to a temporary name beside `path` and renames: a reader sees the old file or the whole new one.
// throws  Error{Unavailable} (disk full, no permission); nothing is left behind then
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
void write_text_file(const std::filesystem::path& path, std::string_view text);

// Waits until a file, or a folder's list of names, has reached the disk: it survives a loss of power then.
// throws  Error{Unavailable}
void sync_to_disk(const std::filesystem::path& path);

// Lower-case hexadecimal SHA-256 (64 characters).
std::string sha256_hex(std::span<const std::uint8_t> bytes);
std::string sha256_hex_of_file(const std::filesystem::path& path);

}  // namespace kyc
