#include "kyc/nn/checkpoint.h"

#include <bit>
#include <cstring>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are written as they lie in memory");

constexpr std::string_view kMagic = "KYCTRAIN1\n";
constexpr std::size_t kDigest = 64;

class Writer {
 public:
  template <typename T>
  void number(T value) {
    raw(&value, sizeof(value));
  }
  void text(const std::string& value) {
    number<std::uint64_t>(value.size());
    raw(value.data(), value.size());
  }
  void bytes(const std::vector<std::uint8_t>& value) {
    number<std::uint64_t>(value.size());
    raw(value.data(), value.size());
  }
  void raw(const void* data, std::size_t size) {
    const auto* begin = static_cast<const std::uint8_t*>(data);
    out.insert(out.end(), begin, begin + size);
  }

  std::vector<std::uint8_t> out;
};

class CheckpointReader {
 public:
  CheckpointReader(std::span<const std::uint8_t> from, const std::string& name) : from_(from), name_(name) {}

  template <typename T>
  T number() {
    T value{};
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  // Of a list of things that take at least `least` bytes each.
  std::size_t length(std::size_t least) {
    const auto size = number<std::uint64_t>();
    if (size > from_.size() / least) fail();
    return static_cast<std::size_t>(size);
  }
  std::string text() {
    const auto bytes = take(length(1));
    return {bytes.begin(), bytes.end()};
  }
  std::vector<std::uint8_t> bytes() {
    const auto all = take(length(1));
    return {all.begin(), all.end()};
  }
  std::span<const std::uint8_t> take(std::size_t size) {
    if (size > from_.size()) fail();
    const auto out = from_.first(size);
    from_ = from_.subspan(size);
    return out;
  }
  [[noreturn]] void fail() const {
    throw Error(ErrorCode::Corrupt, name_ + ": this is not a checkpoint of a training run, or it is damaged");
  }
  void expect_end() const {
    if (!from_.empty()) fail();
  }

 private:
  std::span<const std::uint8_t> from_;
  const std::string& name_;
};

void write_epoch(Writer& to, const EpochResult& epoch) {
  to.number(epoch.epoch);
  to.number(epoch.learning_rate);
  to.number(epoch.loss);
  to.number(epoch.seconds);
  to.number(epoch.samples_per_second);
  to.number<std::uint8_t>(epoch.validation ? 1 : 0);
  if (!epoch.validation) return;
  to.number(epoch.validation->score);
  to.number<std::uint64_t>(epoch.validation->metrics.size());
  for (const auto& [name, value] : epoch.validation->metrics) {
    to.text(name);
    to.number(value);
  }
}

EpochResult read_epoch(CheckpointReader& from) {
  EpochResult out;
  out.epoch = from.number<std::uint64_t>();
  out.learning_rate = from.number<double>();
  out.loss = from.number<double>();
  out.seconds = from.number<double>();
  out.samples_per_second = from.number<double>();
  if (from.number<std::uint8_t>() == 0) return out;
  out.validation.emplace();
  out.validation->score = from.number<double>();
  const std::size_t metrics = from.length(16);
  for (std::size_t i = 0; i < metrics; ++i) {
    std::string name = from.text();
    out.validation->metrics.emplace_back(std::move(name), from.number<double>());
  }
  return out;
}

void write_tensor(Writer& to, const TypedTensor& tensor) {
  to.number<std::uint8_t>(static_cast<std::uint8_t>(tensor.type));
  to.number<std::uint64_t>(tensor.shape.size());
  for (const std::int64_t size : tensor.shape) to.number(size);
  to.bytes(tensor.bytes);
}

TypedTensor read_tensor(CheckpointReader& from) {
  TypedTensor out;
  const auto type = element_type(from.number<std::uint8_t>());
  if (!type) from.fail();
  out.type = *type;
  const std::size_t rank = from.length(8);
  for (std::size_t i = 0; i < rank; ++i) out.shape.push_back(from.number<std::int64_t>());
  out.bytes = from.bytes();
  return out;
}

}  // namespace

std::vector<std::uint8_t> checkpoint_bytes(const TrainingCheckpoint& checkpoint) {
  Writer to;
  to.text(checkpoint.architecture);
  to.number<std::uint64_t>(checkpoint.options.size());
  for (const auto& [name, value] : checkpoint.options) {
    to.text(name);
    to.text(value);
  }
  to.number(checkpoint.updates);
  to.number(checkpoint.loss_sum);
  to.number(checkpoint.loss_count);
  to.number<std::uint64_t>(checkpoint.history.size());
  for (const EpochResult& epoch : checkpoint.history) write_epoch(to, epoch);
  to.number<std::uint8_t>(checkpoint.best_epoch ? 1 : 0);
  to.number<std::uint64_t>(checkpoint.best_epoch.value_or(0));
  to.number<std::uint64_t>(checkpoint.best.size());
  for (const auto& [index, tensor] : checkpoint.best) {
    to.number<std::uint64_t>(index);
    write_tensor(to, tensor);
  }
  to.bytes(checkpoint.engine);

  Writer out;
  out.raw(kMagic.data(), kMagic.size());
  const std::string digest = sha256_hex(to.out);
  out.raw(digest.data(), digest.size());
  out.raw(to.out.data(), to.out.size());
  return std::move(out.out);
}

TrainingCheckpoint checkpoint_from(std::span<const std::uint8_t> bytes, const std::string& name) {
  CheckpointReader from(bytes, name);
  const auto magic = from.take(kMagic.size());
  if (!std::equal(magic.begin(), magic.end(), kMagic.begin())) from.fail();
  const auto digest = from.take(kDigest);
  if (sha256_hex(bytes.subspan(kMagic.size() + kDigest)) != std::string(digest.begin(), digest.end()))
    from.fail();
  TrainingCheckpoint out;
  out.architecture = from.text();
  const std::size_t options = from.length(16);
  for (std::size_t i = 0; i < options; ++i) {
    std::string key = from.text();
    out.options.emplace_back(std::move(key), from.text());
  }
  out.updates = from.number<std::uint64_t>();
  out.loss_sum = from.number<double>();
  out.loss_count = from.number<double>();
  const std::size_t epochs = from.length(41);
  for (std::size_t i = 0; i < epochs; ++i) out.history.push_back(read_epoch(from));
  const bool has_best = from.number<std::uint8_t>() != 0;
  const auto best_epoch = from.number<std::uint64_t>();
  if (has_best) out.best_epoch = best_epoch;
  const std::size_t best = from.length(17);
  for (std::size_t i = 0; i < best; ++i) {
    const auto index = from.number<std::uint64_t>();
    out.best.emplace_back(index, read_tensor(from));
  }
  out.engine = from.bytes();
  from.expect_end();
  return out;
}

void write_checkpoint(const std::filesystem::path& path, const TrainingCheckpoint& checkpoint) {
  write_file(path, checkpoint_bytes(checkpoint));
  sync_to_disk(path);
  sync_to_disk(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace kyc
