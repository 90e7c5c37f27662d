#include "kyc/dataset/sample.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

using ::testing::HasSubstr;

Sample full_sample() {
  Sample sample;
  sample.id = "a1b2";
  sample.path = "media/test/swap+landmark/c23/ann__clip.mp4";
  sample.sha256 = std::string(64, 'a');
  sample.bytes = 123456789012;
  sample.kind = SampleKind::Attack;
  sample.identity = "ann";
  sample.driver = "bob";
  sample.species = "swap/landmark";
  sample.compression = "c23";
  sample.split = "test";
  sample.parents = {{"source", "", "portraits/ann \"1\".jpg", std::string(64, 'b')},
                    {"target", "c3d4", "", std::string(64, 'c')}};
  sample.attributes = {{"age", {"31", true}}, {"sex", {"female", false}}};
  sample.consent = "written, 2024";
  sample.licence = "CC BY 4.0";
  sample.record = {{"method", "swap/landmark"}, {"seed", "7"}};
  return sample;
}

std::string message_of(const std::function<void()>& action, ErrorCode code) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

class DatasetFolder : public ::testing::Test {
 protected:
  DatasetFolder()
      : folder_(std::filesystem::path(::testing::TempDir()) / ("set" + std::to_string(getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~DatasetFolder() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) const { write_text_file(folder_ / "manifest.jsonl", text); }

  std::filesystem::path folder_;
};

TEST(SampleJson, ComesBackAsItWas) {
  const Sample sample = full_sample();
  const std::string line = to_json_line(sample);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Sample back = sample_of_json(line, "here");
  EXPECT_EQ(to_json_line(back), line);
  EXPECT_EQ(back.bytes, sample.bytes);
  EXPECT_EQ(back.parents[0].path, "portraits/ann \"1\".jpg");
  EXPECT_EQ(back.parents[1].id, "c3d4");
  EXPECT_TRUE(back.attributes.at("age").estimated);
  EXPECT_FALSE(back.attributes.at("sex").estimated);
  EXPECT_FALSE(back.failure);
}

TEST(SampleJson, AFailureNeedsNoFile) {
  Sample sample = full_sample();
  sample.path.clear();
  sample.sha256.clear();
  sample.failure = "no face in ann.jpg";
  EXPECT_EQ(sample_of_json(to_json_line(sample), "here").failure, "no face in ann.jpg");
}

TEST(SampleJson, SaysWhereAndWhatWasExpected) {
  const auto complain = [](const std::string& line) {
    return message_of([&] { (void)sample_of_json(line, "manifest.jsonl:7"); }, ErrorCode::Corrupt);
  };
  EXPECT_THAT(complain("{\"id\":"), HasSubstr("manifest.jsonl:7: expected a JSON object"));
  EXPECT_THAT(complain("[]"), HasSubstr("got array"));
  EXPECT_THAT(complain(R"({"kind":"attack"})"), HasSubstr("\"id\" is missing"));
  EXPECT_THAT(complain(R"({"id":3})"), HasSubstr("\"id\": expected a string, got number"));
  EXPECT_THAT(complain(R"({"id":"a","path":"p","sha256":"xyz"})"), HasSubstr("64 lower-case hexadecimal"));
  const std::string start = R"({"id":"a","path":"p","sha256":")" + std::string(64, '0') + "\",";
  EXPECT_THAT(complain(start + R"("kind":"real"})"), HasSubstr("\"bona_fide\" or \"attack\", got \"real\""));
  EXPECT_THAT(complain(start + R"("kind":"attack","species":"s","split":"dev"})"), HasSubstr("\"train\""));
  EXPECT_THAT(complain(start + R"("kind":"attack","species":"s","bytes":-1})"), HasSubstr("\"bytes\""));
  EXPECT_THAT(complain(start + R"("kind":"attack","species":"s","parents":[3]})"), HasSubstr("\"parents\""));
  EXPECT_THAT(complain(start + R"("kind":"attack","species":"s","attributes":{"age":3}})"),
              HasSubstr("\"attributes\"/\"age\""));
  EXPECT_THAT(complain(start + R"("kind":"attack","species":"s","record":{"seed":3}})"),
              HasSubstr("\"record\"/\"seed\""));
}

TEST(SampleJson, TextThatIsNotUtf8IsRefused) {
  Sample sample = full_sample();
  sample.identity = "\xff";
  message_of([&] { (void)to_json_line(sample); }, ErrorCode::InvalidArgument);
}

TEST_F(DatasetFolder, IsReadInOrder) {
  Sample first = full_sample();
  Sample second = full_sample();
  second.id = "z";
  write(to_json_line(first) + "\n\n" + to_json_line(second));
  const Dataset dataset = read_dataset(folder_);
  ASSERT_EQ(dataset.samples.size(), 2U);
  EXPECT_EQ(dataset.samples[1].id, "z");
  EXPECT_EQ(dataset.file_of(first), folder_ / first.path);
}

TEST_F(DatasetFolder, LongLinesAreReadWhole) {
  Sample sample = full_sample();
  sample.record["note"] = std::string(100'000, 'n');
  write(to_json_line(sample) + "\n");
  EXPECT_EQ(read_dataset(folder_).samples.at(0).record.at("note").size(), 100'000U);
  sample.record["note"] = std::string(2'000'000, 'n');
  write(to_json_line(sample) + "\n");
  EXPECT_THAT(message_of([&] { (void)read_dataset(folder_); }, ErrorCode::Corrupt),
              HasSubstr("manifest.jsonl:1"));
}

TEST_F(DatasetFolder, HostileAndDoubledLinesAreRefusedWithTheirPlace) {
  Sample sample = full_sample();
  for (const char* path : {"/etc/passwd", "../x.mp4", "media/../../x.mp4"}) {
    sample.path = path;
    write(to_json_line(sample));
    EXPECT_THAT(message_of([&] { (void)read_dataset(folder_); }, ErrorCode::Corrupt), HasSubstr("leads out"));
  }
  const std::string line = to_json_line(full_sample());
  write(line + "\n" + line + "\n");
  EXPECT_THAT(message_of([&] { (void)read_dataset(folder_); }, ErrorCode::Corrupt),
              HasSubstr("manifest.jsonl:2: id \"a1b2\" was used in line 1"));
}

TEST_F(DatasetFolder, ItsAbsenceIsSaid) {
  message_of([&] { (void)read_dataset(folder_ / "none"); }, ErrorCode::NotFound);
  EXPECT_THAT(message_of([&] { (void)read_dataset(folder_); }, ErrorCode::NotFound),
              HasSubstr("dataset import"));
}

}  // namespace
}  // namespace kyc
