#include "kyc/store/media.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

// A stored file: this word, secretstream's header, then blocks of kBlock plain bytes, each with its tag; the
// last block (perhaps empty) is marked as the last, so that a file that was cut is found out.
constexpr char kMagic[8] = {'K', 'Y', 'C', 'M', 'E', 'D', '0', '1'};
constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kSealedBlock = kBlock + crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t kHeader = sizeof(kMagic) + crypto_secretstream_xchacha20poly1305_HEADERBYTES;

bool is_id(const std::string& id) {
  return id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

struct Descriptor {
  int file = -1;

  Descriptor() = default;
  explicit Descriptor(int opened) : file(opened) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (file >= 0) ::close(file);
  }
};

void write_all(int file, const std::uint8_t* bytes, std::size_t count, const std::filesystem::path& path) {
  while (count > 0) {
    const ssize_t written = ::write(file, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      throw Error(ErrorCode::Unavailable, path.string() + ": could not be written: " + std::strerror(errno));
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
}

// returns  fewer than `count` at the end of the file only
std::size_t read_all(int file, std::uint8_t* bytes, std::size_t count, const std::filesystem::path& path) {
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::read(file, bytes + done, count - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw Error(ErrorCode::Unavailable, path.string() + ": could not be read: " + std::strerror(errno));
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void sync(int file, const std::filesystem::path& path) {
  if (::fsync(file) != 0)
    throw Error(ErrorCode::Unavailable, path.string() + ": could not be written: " + std::strerror(errno));
}

// Gives a whole file its name.
void rename_to_id(const std::filesystem::path& part,
                  const std::filesystem::path& media,
                  const std::string& id) {
  const std::filesystem::path folder = media / id.substr(0, 2);
  std::error_code failure;
  std::filesystem::create_directory(folder, failure);
  // Also over an equal file: that one may be about to be removed, the new one is then kept by its age
  // (sweep).
  std::filesystem::rename(part, folder / id, failure);
  if (failure)
    throw Error(ErrorCode::Unavailable, part.string() + ": could not be renamed: " + failure.message());
  sync_to_disk(folder);
  sync_to_disk(media);
}

}  // namespace

struct MediaFolder::Writer::State {
  std::filesystem::path folder;
  std::filesystem::path part;
  Descriptor out;
  crypto_secretstream_xchacha20poly1305_state cipher{};
  crypto_generichash_state name{};
  std::vector<std::uint8_t> plain;  // the block that is being filled
  std::vector<std::uint8_t> sealed = std::vector<std::uint8_t>(kSealedBlock);
  std::uint64_t bytes = 0;
  bool prepared = false;
  bool finished = false;

  ~State() {
    if (!finished) ::unlink(part.c_str());
  }

  void put_block(unsigned char tag) {
    unsigned long long size = 0;
    crypto_secretstream_xchacha20poly1305_push(
        &cipher, sealed.data(), &size, plain.data(), plain.size(), nullptr, 0, tag);
    write_all(out.file, sealed.data(), static_cast<std::size_t>(size), part);
    plain.clear();
  }
};

MediaFolder::MediaFolder(std::filesystem::path folder, const KeyRing& keys)
    : folder_(std::move(folder)), key_(keys.media_key()), name_key_(keys.media_name_key()) {
  std::error_code failure;
  std::filesystem::create_directories(folder_ / "incoming", failure);
  if (failure)
    throw Error(ErrorCode::Unavailable, folder_.string() + ": could not be made: " + failure.message());
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, failure);
}

std::filesystem::path MediaFolder::path_of(const std::string& id) const {
  if (!is_id(id)) throw Error(ErrorCode::NotFound, "no such file in the media folder");
  return folder_ / id.substr(0, 2) / id;
}

MediaFolder::Writer::Writer(std::unique_ptr<State> state) : state_(std::move(state)) {}
MediaFolder::Writer::~Writer() = default;
MediaFolder::Writer::Writer(Writer&&) noexcept = default;

MediaFolder::Writer MediaFolder::writer() const {
  auto state = std::make_unique<Writer::State>();
  state->folder = folder_;
  state->part = folder_ / "incoming" / random_token(24);
  state->out.file = ::open(state->part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (state->out.file < 0)
    throw Error(ErrorCode::Unavailable,
                state->part.string() + ": could not be made: " + std::strerror(errno));
  std::uint8_t header[kHeader];
  std::memcpy(header, kMagic, sizeof(kMagic));
  crypto_secretstream_xchacha20poly1305_init_push(&state->cipher, header + sizeof(kMagic), key_.data());
  crypto_generichash_init(&state->name, name_key_.data(), name_key_.size(), 32);
  write_all(state->out.file, header, sizeof(header), state->part);
  state->plain.reserve(kBlock);
  return Writer(std::move(state));
}

void MediaFolder::Writer::write(std::span<const std::uint8_t> bytes) {
  State& state = *state_;
  crypto_generichash_update(&state.name, bytes.data(), bytes.size());
  state.bytes += bytes.size();
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), kBlock - state.plain.size());
    state.plain.insert(state.plain.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    bytes = bytes.subspan(count);
    if (state.plain.size() == kBlock) state.put_block(0);
  }
}

void MediaFolder::Writer::prepare() {
  State& state = *state_;
  if (state.prepared) return;
  state.put_block(crypto_secretstream_xchacha20poly1305_TAG_FINAL);
  sync(state.out.file, state.part);
  state.prepared = true;
}

StoredMedia MediaFolder::Writer::finish() {
  prepare();
  State& state = *state_;
  unsigned char digest[32];
  crypto_generichash_final(&state.name, digest, sizeof(digest));
  char id[65];
  sodium_bin2hex(id, sizeof(id), digest, sizeof(digest));
  rename_to_id(state.part, state.folder, id);
  state.finished = true;
  return {id, state.bytes};
}

StoredMedia MediaFolder::store(std::span<const std::uint8_t> bytes) const {
  Writer out = writer();
  out.write(bytes);
  return out.finish();
}

struct MediaFolder::Reader::State {
  std::filesystem::path path;
  Descriptor in;
  crypto_secretstream_xchacha20poly1305_state cipher{};
  std::vector<std::uint8_t> sealed = std::vector<std::uint8_t>(kSealedBlock);
  std::vector<std::uint8_t> plain = std::vector<std::uint8_t>(kBlock);
  std::size_t at = 0;    // in `plain`
  std::size_t held = 0;  // bytes of `plain`
  bool last = false;     // the last block was read

  [[noreturn]] void damaged() const {
    throw Error(ErrorCode::Corrupt,
                path.string() + ": the stored file was cut or changed, or is of another key file");
  }

  void next_block() {
    const std::size_t size = read_all(in.file, sealed.data(), sealed.size(), path);
    unsigned char tag = 0;
    unsigned long long count = 0;
    if (size < crypto_secretstream_xchacha20poly1305_ABYTES ||
        crypto_secretstream_xchacha20poly1305_pull(
            &cipher, plain.data(), &count, &tag, sealed.data(), size, nullptr, 0) != 0)
      damaged();
    at = 0;
    held = static_cast<std::size_t>(count);
    last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    if (!last && held != kBlock) damaged();
  }
};

MediaFolder::Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
MediaFolder::Reader::~Reader() = default;
MediaFolder::Reader::Reader(Reader&&) noexcept = default;

MediaFolder::Reader MediaFolder::reader(const std::string& id) const {
  auto state = std::make_unique<Reader::State>();
  state->path = path_of(id);
  state->in.file = ::open(state->path.c_str(), O_RDONLY | O_CLOEXEC);
  if (state->in.file < 0) throw Error(ErrorCode::NotFound, state->path.string() + ": no such file");
  std::uint8_t header[kHeader];
  if (read_all(state->in.file, header, sizeof(header), state->path) != sizeof(header) ||
      std::memcmp(header, kMagic, sizeof(kMagic)) != 0 ||
      crypto_secretstream_xchacha20poly1305_init_pull(&state->cipher, header + sizeof(kMagic), key_.data()) !=
          0)
    state->damaged();
  return Reader(std::move(state));
}

std::size_t MediaFolder::Reader::read(std::span<std::uint8_t> buffer) {
  State& state = *state_;
  while (state.at == state.held && !state.last) state.next_block();
  const std::size_t count = std::min(buffer.size(), state.held - state.at);
  std::memcpy(buffer.data(), state.plain.data() + state.at, count);
  state.at += count;
  return count;
}

void MediaFolder::Reader::skip(std::uint64_t bytes) {
  State& state = *state_;
  while (bytes > 0) {
    if (state.at == state.held) {
      if (state.last) return;
      state.next_block();
    }
    const std::uint64_t count = std::min<std::uint64_t>(bytes, state.held - state.at);
    state.at += static_cast<std::size_t>(count);
    bytes -= count;
  }
}

Bytes MediaFolder::load(const std::string& id, std::uint64_t max_bytes) const {
  Reader in = reader(id);
  Bytes out;
  std::uint8_t buffer[kBlock];
  for (std::size_t count = in.read(buffer); count > 0; count = in.read(buffer)) {
    if (out.size() + count > max_bytes)
      throw Error(ErrorCode::InvalidArgument,
                  "stored file: more than " + std::to_string(max_bytes) + " bytes");
    out.insert(out.end(), buffer, buffer + count);
  }
  return out;
}

bool MediaFolder::has(const std::string& id) const {
  std::error_code failure;
  return std::filesystem::is_regular_file(path_of(id), failure);
}

std::uint64_t MediaFolder::check(const std::string& id) const {
  Reader in = reader(id);
  std::vector<std::uint8_t> buffer(kBlock);
  std::uint64_t total = 0;
  for (std::size_t count = in.read(buffer); count > 0; count = in.read(buffer)) total += count;
  return total;
}

void MediaFolder::copy_from(const MediaFolder& other, const std::string& id) const {
  const std::filesystem::path from = other.path_of(id);
  const Descriptor in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.file < 0) throw Error(ErrorCode::NotFound, from.string() + ": no such file");
  const std::filesystem::path part = folder_ / "incoming" / random_token(24);
  const Descriptor out(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (out.file < 0)
    throw Error(ErrorCode::Unavailable, part.string() + ": could not be made: " + std::strerror(errno));
  try {
    std::vector<std::uint8_t> buffer(kBlock);
    for (std::size_t count = read_all(in.file, buffer.data(), kBlock, from); count > 0;
         count = read_all(in.file, buffer.data(), kBlock, from))
      write_all(out.file, buffer.data(), count, part);
    sync(out.file, part);
    rename_to_id(part, folder_, id);
  } catch (...) {
    ::unlink(part.c_str());
    throw;
  }
}

void MediaFolder::remove(const std::string& id) const {
  std::error_code failure;
  std::filesystem::remove(path_of(id), failure);
  if (failure) throw Error(ErrorCode::Unavailable, "stored file: could not be removed: " + failure.message());
}

std::uint64_t MediaFolder::sweep(const std::function<void(const std::string&)>& visit,
                                 std::int64_t older_than_s) const {
  const auto before = std::filesystem::file_time_type::clock::now() - std::chrono::seconds(older_than_s);
  std::vector<std::filesystem::path> old;
  std::error_code failure;
  for (auto entry = std::filesystem::recursive_directory_iterator(folder_, failure);
       !failure && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(failure)) {
    std::error_code gone;  // another process may be faster
    if (entry->is_regular_file(gone) && entry->last_write_time(gone) <= before && !gone)
      old.push_back(entry->path());
  }
  std::uint64_t removed = 0;
  for (const std::filesystem::path& path : old) {
    if (path.parent_path().filename() == "incoming")
      removed += std::filesystem::remove(path, failure) ? 1 : 0;
    else if (is_id(path.filename().string()))
      visit(path.filename().string());
  }
  return removed;
}

PlainCopy::PlainCopy(const MediaFolder& media, const std::string& id, std::uint64_t max_bytes) {
  MediaFolder::Reader in = media.reader(id);
  file_ = ::memfd_create("kyclops", MFD_CLOEXEC);
  if (file_ < 0)
    throw Error(ErrorCode::Unavailable, std::string("no memory for a file: ") + std::strerror(errno));
  try {
    std::vector<std::uint8_t> buffer(kBlock);
    std::uint64_t total = 0;
    for (std::size_t count = in.read(buffer); count > 0; count = in.read(buffer)) {
      total += count;
      if (total > max_bytes)
        throw Error(ErrorCode::InvalidArgument,
                    "stored file: more than " + std::to_string(max_bytes) + " bytes");
      write_all(file_, buffer.data(), count, "file in memory");
    }
  } catch (...) {
    ::close(file_);
    throw;
  }
}

PlainCopy::~PlainCopy() {
  ::close(file_);
}

std::filesystem::path PlainCopy::path() const {
  return "/proc/self/fd/" + std::to_string(file_);
}

}  // namespace kyc
