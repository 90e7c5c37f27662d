#include "kyc/store/secrets.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/store/totp.h"

namespace kyc {
namespace {

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("kyc_secrets_" + random_token(12));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

TEST(KeyRing, MakesItsFileForItsOwnerAloneAndFindsItAgain) {
  const Folder folder;
  const auto file = folder.path / "key";
  const KeyRing made = KeyRing::open(file);
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  EXPECT_EQ(KeyRing::open(file).media_key(), made.media_key());
  EXPECT_NE(made.media_key(), made.field_key());
  EXPECT_NE(made.media_key(), made.audit_key());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 1);
}

TEST(KeyRing, RefusesAFileThatOthersMayRead) {
  const Folder folder;
  KeyRing::open(folder.path / "key");
  ::chmod((folder.path / "key").c_str(), 0640);
  EXPECT_THROW(KeyRing::open(folder.path / "key"), Error);
}

TEST(KeyRing, RefusesWhatIsNoKey) {
  const Folder folder;
  std::ofstream(folder.path / "key") << std::string(64, 'x');
  ::chmod((folder.path / "key").c_str(), 0600);
  EXPECT_THROW(KeyRing::open(folder.path / "key"), Error);
  EXPECT_THROW(KeyRing::open_existing(folder.path / "other"), Error);
}

TEST(SealField, OpensOnlyInItsOwnContextAndUnchanged) {
  const KeyRing keys(SecretKey{9});
  Bytes sealed = seal_field(keys, "totp:1", bytes_of("secret"));
  EXPECT_EQ(open_field(keys, "totp:1", sealed), bytes_of("secret"));
  EXPECT_THROW(open_field(keys, "totp:2", sealed), Error);
  EXPECT_THROW(open_field(KeyRing(SecretKey{8}), "totp:1", sealed), Error);
  EXPECT_NE(seal_field(keys, "totp:1", bytes_of("secret")), sealed);
  sealed.back() ^= 1;
  EXPECT_THROW(open_field(keys, "totp:1", sealed), Error);
  EXPECT_THROW(open_field(keys, "totp:1", Bytes(5)), Error);
}

TEST(Passwords, MatchOnlyThemselves) {
  const std::string hash = hash_password("correct horse", {1, 8192});
  EXPECT_TRUE(hash.starts_with("$argon2id$"));
  EXPECT_TRUE(password_matches(hash, "correct horse"));
  EXPECT_FALSE(password_matches(hash, "correct horsf"));
  EXPECT_FALSE(password_matches("", "correct horse"));
  EXPECT_NE(hash_password("correct horse", {1, 8192}), hash);
}

// RFC 4231, test case 2.
TEST(HmacSha256, GivesTheValueOfTheStandard) {
  EXPECT_EQ(hmac_sha256_hex(bytes_of("Jefe"), "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 6238, appendix B: the last six of the eight digits printed there.
TEST(Totp, GivesTheValuesOfTheStandard) {
  const Bytes secret = bytes_of("12345678901234567890");
  EXPECT_EQ(totp_code(secret, 59 / 30), "287082");
  EXPECT_EQ(totp_code(secret, 1111111109 / 30), "081804");
  EXPECT_EQ(totp_code(secret, 1111111111 / 30), "050471");
  EXPECT_EQ(totp_code(secret, 1234567890 / 30), "005924");
  EXPECT_EQ(totp_code(secret, 2000000000 / 30), "279037");
  EXPECT_EQ(totp_code(secret, 20000000000 / 30), "353130");
}

TEST(Totp, IsAcceptedOneStepAroundNowAndOnlyOnce) {
  const Bytes secret = bytes_of("12345678901234567890");
  const std::int64_t now = 1'234'567'890'000;
  const std::int64_t step = now / 30'000;
  EXPECT_EQ(totp_step_of(secret, totp_code(secret, step), now, 0), step);
  EXPECT_EQ(totp_step_of(secret, totp_code(secret, step - 1), now, 0), step - 1);
  EXPECT_EQ(totp_step_of(secret, totp_code(secret, step + 1), now, 0), step + 1);
  EXPECT_EQ(totp_step_of(secret, totp_code(secret, step - 2), now, 0), std::nullopt);
  EXPECT_EQ(totp_step_of(secret, totp_code(secret, step), now, step), std::nullopt);
  EXPECT_EQ(totp_step_of(secret, "", now, 0), std::nullopt);
}

// RFC 4648, section 10.
TEST(Base32, GivesTheValuesOfTheStandard) {
  EXPECT_EQ(base32(bytes_of("")), "");
  EXPECT_EQ(base32(bytes_of("f")), "MY");
  EXPECT_EQ(base32(bytes_of("fooba")), "MZXW6YTB");
  EXPECT_EQ(base32(bytes_of("foobar")), "MZXW6YTBOI");
}

TEST(Base64Url, ComesBack) {
  for (const std::string& text : {std::string(), std::string("a"), std::string("\x00\xFF?>", 4)})
    EXPECT_EQ(from_base64url(base64url(text)), text);
  EXPECT_EQ(from_base64url("a b"), std::nullopt);
}

TEST(RandomToken, IsNeverTheSame) {
  EXPECT_EQ(random_token(43).size(), 43U);
  EXPECT_NE(random_token(43), random_token(43));
}

}  // namespace
}  // namespace kyc
