#include "kyc/core/claims.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

constexpr char kDone = '1';
constexpr char kOpen = '0';

struct flock byte_lock(short type, std::size_t item) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(item);
  lock.l_len = 1;
  return lock;
}

// False if somebody else holds it and we don't wait.
bool set_lock(int file, short type, std::size_t item, bool wait) {
  struct flock lock = byte_lock(type, item);
  while (fcntl(file, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) != 0) {
    if (errno == EINTR) continue;
    if (!wait && (errno == EAGAIN || errno == EACCES)) return false;
    throw Error(
        ErrorCode::Unavailable,
        std::string("the file system keeps no locks, which shared work needs: ") + std::strerror(errno));
  }
  return true;
}

}  // namespace

void write_claim_table(const std::filesystem::path& path, const std::vector<bool>& done) {
  std::string text(done.size(), kOpen);
  for (std::size_t i = 0; i < done.size(); ++i)
    if (done[i]) text[i] = kDone;
  write_text_file(path, text);
}

Claimant::Claimant(const std::filesystem::path& table) : file_(open(table.c_str(), O_RDWR | O_CLOEXEC)) {
  struct stat status {};
  if (file_ < 0 || fstat(file_, &status) != 0)
    throw Error(errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Unavailable,
                table.string() + ": cannot be opened: " + std::strerror(errno));
  count_ = static_cast<std::size_t>(status.st_size);
}

Claimant::~Claimant() {
  if (file_ >= 0) close(file_);  // lets its locks go
}

bool Claimant::is_done(std::size_t item) const {
  char state = kOpen;
  if (pread(file_, &state, 1, static_cast<off_t>(item)) != 1)
    throw Error(ErrorCode::Unavailable, "the table of shared work could not be read");
  return state == kDone;
}

// True if the item is ours now. It may have been done between our look and our lock: so it is looked at
// again.
bool Claimant::take(std::size_t item, bool wait) {
  if (!set_lock(file_, F_WRLCK, item, wait)) {
    busy_.push_back(item);
    return false;
  }
  if (is_done(item)) {
    set_lock(file_, F_UNLCK, item, false);
    return false;
  }
  claimed_ = item;
  return true;
}

std::optional<std::size_t> Claimant::next() {
  assert(!claimed_);
  std::array<char, 4096> block{};
  while (cursor_ < count_) {
    const std::size_t first = cursor_;
    const auto size =
        pread(file_, block.data(), std::min(block.size(), count_ - first), static_cast<off_t>(first));
    if (size <= 0) throw Error(ErrorCode::Unavailable, "the table of shared work could not be read");
    for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i) {
      cursor_ = first + i + 1;
      if (block[i] != kDone && take(first + i, false)) return claimed_;
    }
  }
  while (!busy_.empty()) {
    const std::size_t item = busy_.front();
    busy_.pop_front();
    if (take(item, true)) return claimed_;
  }
  return std::nullopt;
}

void Claimant::finish() {
  assert(claimed_);
  if (pwrite(file_, &kDone, 1, static_cast<off_t>(*claimed_)) != 1)
    throw Error(ErrorCode::Unavailable, "the table of shared work could not be written");
  drop();
}

void Claimant::drop() {
  assert(claimed_);
  set_lock(file_, F_UNLCK, *claimed_, false);
  claimed_.reset();
}

std::size_t Claimant::done() const {
  std::array<char, 65536> block{};
  std::size_t out = 0;
  for (std::size_t first = 0; first < count_;) {
    const auto size = pread(file_, block.data(), block.size(), static_cast<off_t>(first));
    if (size <= 0) break;
    out += static_cast<std::size_t>(std::count(block.begin(), block.begin() + size, kDone));
    first += static_cast<std::size_t>(size);
  }
  return out;
}

FolderLock::FolderLock(const std::filesystem::path& path, const std::string& what)
    : file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (file_ < 0)
    throw Error(ErrorCode::Unavailable, path.string() + ": could not be written: " + std::strerror(errno));
  if (!set_lock(file_, F_WRLCK, 0, false)) {
    close(file_);
    throw Error(ErrorCode::Unavailable, what + " is being worked on by another process");
  }
}

FolderLock::~FolderLock() {
  close(file_);
}

}  // namespace kyc
