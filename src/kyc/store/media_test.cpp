#include "kyc/store/media.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

class Media : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static Bytes some_bytes(std::size_t count) {
    Bytes out(count);
    for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    return out;
  }
  std::filesystem::path file_of(const std::string& id) const { return folder_ / id.substr(0, 2) / id; }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("kyc_media_" + random_token(12));
  KeyRing keys_{SecretKey{3}};
  MediaFolder media_{folder_, keys_};
};

constexpr std::size_t kBlock = 64 * 1024;

TEST_F(Media, ComesBackWhateverItsSize) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kBlock - 1, kBlock, kBlock + 1, 3 * kBlock}) {
    const Bytes bytes = some_bytes(size);
    const StoredMedia stored = media_.store(bytes);
    EXPECT_EQ(stored.bytes, size);
    EXPECT_EQ(media_.load(stored.id, 1 << 20), bytes) << size;
  }
}

TEST_F(Media, IsTheSameHoweverItIsCutWhileWritten) {
  const Bytes bytes = some_bytes(200'000);
  MediaFolder::Writer out = media_.writer();
  for (std::size_t at = 0; at < bytes.size(); at += 777)
    out.write(std::span(bytes).subspan(at, std::min<std::size_t>(777, bytes.size() - at)));
  EXPECT_EQ(out.finish().id, media_.store(bytes).id);
}

TEST_F(Media, IsStoredOnceAndNothingOfItIsReadable) {
  const Bytes bytes(1000, 'A');
  const std::string id = media_.store(bytes).id;
  EXPECT_EQ(media_.store(bytes).id, id);
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(read_text_file(file_of(id)).find("AAAA"), std::string::npos);
  EXPECT_NE(id, sha256_hex(bytes));  // who knows the bytes but not the key can not look for them
  const MediaFolder other(folder_, KeyRing(SecretKey{4}));
  EXPECT_THROW(other.load(id, 10'000), Error);
}

TEST_F(Media, IsReadFromTheMiddle) {
  const Bytes bytes = some_bytes(3 * kBlock + 17);
  MediaFolder::Reader in = media_.reader(media_.store(bytes).id);
  in.skip(kBlock * 2 - 3);
  Bytes got(10);
  std::size_t count = 0;
  while (count < got.size()) count += in.read(std::span(got).subspan(count));
  EXPECT_TRUE(std::equal(got.begin(), got.end(), bytes.begin() + kBlock * 2 - 3));
}

TEST_F(Media, IsFoundDamagedWhenChangedOrCut) {
  const Bytes bytes = some_bytes(2 * kBlock + 100);
  const std::string id = media_.store(bytes).id;
  const std::string whole = read_text_file(file_of(id));
  for (const std::size_t size :
       {std::size_t{3}, std::size_t{40}, std::size_t{8 + 24 + 17}, kBlock + 49, whole.size() - 1}) {
    std::ofstream(file_of(id), std::ios::binary | std::ios::trunc) << whole.substr(0, size);
    EXPECT_THROW(media_.load(id, 1 << 20), Error) << size;
  }
  for (const std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{5000}, whole.size() - 1}) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    std::ofstream(file_of(id), std::ios::binary | std::ios::trunc) << changed;
    EXPECT_THROW(media_.load(id, 1 << 20), Error) << at;
  }
}

TEST_F(Media, LeavesNothingWhenWritingIsGivenUp) {
  {
    MediaFolder::Writer out = media_.writer();
    out.write(some_bytes(100'000));
    EXPECT_EQ(files(), 1U);
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(Media, RefusesNamesThatAreNone) {
  EXPECT_THROW(media_.load("../../etc/passwd", 100), Error);
  EXPECT_THROW(media_.load(std::string(64, '/'), 100), Error);
  EXPECT_THROW(media_.load(std::string(64, 'a'), 100), Error);
  const std::string id = media_.store(some_bytes(1000)).id;
  EXPECT_THROW(media_.load(id, 999), Error);
}

TEST_F(Media, SweepsWhatACrashLeft) {
  const std::string kept = media_.store(some_bytes(10)).id;
  const std::string orphan = media_.store(some_bytes(11)).id;
  std::ofstream(folder_ / "incoming" / "half") << "x";
  const auto drop = [&](const std::string& id) {
    if (id != kept) media_.remove(id);
  };
  EXPECT_EQ(media_.sweep(drop, 3600), 0U);  // too young: may be in the making
  EXPECT_EQ(files(), 3U);
  EXPECT_EQ(media_.sweep(drop, -1), 1U);
  EXPECT_EQ(media_.load(kept, 100).size(), 10U);
  EXPECT_THROW(media_.load(orphan, 100), Error);
  media_.remove(kept);
  media_.remove(kept);
  EXPECT_EQ(files(), 0U);
}

TEST_F(Media, IsOpenedAsAFileThatIsOnNoDisk) {
  const Bytes bytes = some_bytes(150'000);
  const std::string id = media_.store(bytes).id;
  const PlainCopy copy(media_, id, 1 << 20);
  EXPECT_EQ(read_file(copy.path()), bytes);
  EXPECT_THROW(PlainCopy(media_, id, 100), Error);
}

}  // namespace
}  // namespace kyc
