#include "kyc/evaluation/score_file.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "kyc/core/csv.h"
#include "kyc/core/error.h"
#include "kyc/core/files.h"

namespace kyc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReadScores : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::filesystem::path file(const std::string& text) const {
    write_text_file(path_, text);
    return path_;
  }
  template <typename Read>
  std::string message_of(Read read, const std::string& text) const {
    try {
      (void)read(file(text));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::Corrupt);
      const std::string message = error.what();
      EXPECT_EQ(message.find(path_.string()), 0U) << message;
      return message.substr(std::min(message.size(), path_.string().size()));
    }
    return "no error";
  }
  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / ("scores" + std::to_string(::getpid()) + ".csv");
};

TEST_F(ReadScores, ComparisonsAreReadByTheNamesOfTheColumns) {
  const ComparisonScores scores =
      read_comparison_scores(file("\xEF\xBB\xBFscore,comment,mated\r\n0.5,\"a, b\",1\r\n\r\n-1e-3,\"say "
                                  "\"\"no\"\"\nand more\",false\r\n,,1\r\n-inf,,0"));
  EXPECT_THAT(scores.mated, ElementsAre(0.5));
  EXPECT_THAT(scores.non_mated, ElementsAre(-1e-3, -std::numeric_limits<double>::infinity()));
  EXPECT_EQ(scores.failed_mated, 1U);
  EXPECT_EQ(scores.failed_non_mated, 0U);
}

TEST_F(ReadScores, ReferencesThatCouldNotBeEnrolledAreCountedApart) {
  const ComparisonScores scores =
      read_comparison_scores(file("probe,reference,mated,score,failure\na,x,1,0.9,\na,y,0,,acquire\na,z,0,,"
                                  "enrol\nb,z,1,,enrol\nb,x,0,0.1,\n"));
  EXPECT_EQ(scores.references, 3U);
  EXPECT_EQ(scores.failed_references, 1U);
  EXPECT_EQ(scores.failed_mated, 0U);
  EXPECT_EQ(scores.failed_non_mated, 1U);
  const auto message = [&](const std::string& text) { return message_of(read_comparison_scores, text); };
  EXPECT_EQ(message("mated,score,failure\n1,,lost\n"),
            ", line 2: expected enrol or acquire in column 'failure', got 'lost'");
  EXPECT_EQ(message("mated,score,failure,probe,reference\n1,0.5,,a,x\n0,,enrol,b,x\n"),
            ", line 3: reference x is enrolled in one row and not in another");
}

TEST_F(ReadScores, ComparisonsAreGroupedByRecogniser) {
  const auto all =
      read_recogniser_scores(file("recogniser,mated,score\nr,1,0.9\nr,0,0.1\ns,1,0.8\ns,0,0.2\n"));
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(all.at("s").mated, ElementsAre(0.8));
  EXPECT_EQ(message_of(read_recogniser_scores, "recogniser,mated,score\nr,1,0.9\n"),
            ": expected mated and non-mated rows with scores, got only one kind");
}

TEST_F(ReadScores, BadComparisonsAreNamedWithTheirLine) {
  const auto message = [&](const std::string& text) { return message_of(read_comparison_scores, text); };
  EXPECT_EQ(message(""), ", line 1: expected a header line with the names of the columns, got nothing");
  EXPECT_EQ(message("a,score\n"), ", line 1: expected a column 'mated', got a, score");
  EXPECT_EQ(message("score,score\n"), ", line 1: column 'score' is there twice");
  EXPECT_EQ(message("mated,score\n1,0.5\n0,high\n"),
            ", line 3: expected a number in column 'score', got 'high'");
  EXPECT_EQ(message("mated,score\n1,0.5x\n"), ", line 2: expected a number in column 'score', got '0.5x'");
  EXPECT_EQ(message("mated,score\n1,nan\n"), ", line 2: expected a number in column 'score', got 'nan'");
  EXPECT_EQ(message("mated,score\n1,1e999\n"),
            ", line 2: the number '1e999' in column 'score' is out of range");
  EXPECT_EQ(message("mated,score\nyes,1\n"),
            ", line 2: expected 1, 0, true or false in column 'mated', got 'yes'");
  EXPECT_EQ(message("mated,score\n1\n"), ", line 2: expected 2 fields as in the header, got 1");
  EXPECT_EQ(message("mated,score\n\n1,\"2\n"), ", line 3: a quote begins in this row and does not end");
  EXPECT_EQ(message("mated,score\n1,2\n1,3\n"),
            ": expected mated and non-mated rows with scores, got only one kind");
  EXPECT_EQ(message("probe,reference,mated,score\na,b,1,1\na,c,0,1\na,b,1,1\n"),
            ", line 4: the pair of a and b is there already, in line 2");
}

TEST_F(ReadScores, PresentationsAreGroupedBySpecies) {
  const PresentationScores scores =
      read_presentation_scores(file("sample,attack,species,score\n1,1,print,0.9\n2,1,replay,0.8\n3,1,print,"
                                    "\n4,0,,0.1\n5,0,bona_fide,0.2\n6,0,,\n"));
  ASSERT_EQ(scores.attacks.size(), 2U);
  EXPECT_EQ(scores.attacks[0].species, "print");
  EXPECT_THAT(scores.attacks[0].scores, ElementsAre(0.9));
  EXPECT_EQ(scores.attacks[0].no_response, 1U);
  EXPECT_THAT(scores.bona_fide.scores, ElementsAre(0.1, 0.2));
  EXPECT_EQ(scores.bona_fide.no_response, 1U);
}

TEST_F(ReadScores, BadPresentationsAreNamedWithTheirLine) {
  const auto message = [&](const std::string& rows) {
    return message_of(read_presentation_scores, "sample,attack,species,score\n" + rows);
  };
  EXPECT_EQ(message("1,1,,0.9\n"), ", line 2: expected the species of the attack, got ''");
  EXPECT_EQ(message("1,0,print,0.9\n"),
            ", line 2: expected no species or bona_fide where attack is 0, got 'print'");
  EXPECT_EQ(message("1,1,print,1\n1,1,print,2\n"), ", line 3: sample 1 is there already, in line 2");
  EXPECT_THAT(message("1,1,print,1\n"), HasSubstr("got only one kind"));
}

TEST_F(ReadScores, FramesKeepTheirClip) {
  const FrameScores scores = read_frame_scores(file("clip,attack,score\na/1,1,0.5\na/1,1,\nb/2,0,0.25\n"));
  ASSERT_EQ(scores.frames.size(), 2U);
  EXPECT_EQ(scores.frames[0].clip, "a/1");
  EXPECT_TRUE(scores.frames[0].attack);
  EXPECT_EQ(scores.frames[1].score, 0.25);
  EXPECT_EQ(scores.failed, 1U);
  EXPECT_THAT(message_of(read_frame_scores, "clip,attack,score\na,1,1\n"), HasSubstr("got only one kind"));
}

TEST_F(ReadScores, SearchesAreGroupedByProbe) {
  const auto searches =
      read_searches(file("probe,reference,mated,score\na,r1,1,0.9\nb,r1,0,0.2\na,r2,0,0.3\n"));
  ASSERT_EQ(searches.size(), 2U);
  EXPECT_THAT(searches[0].mated, ElementsAre(0.9));
  EXPECT_THAT(searches[0].non_mated, ElementsAre(0.3));
  EXPECT_TRUE(searches[1].mated.empty());
  EXPECT_EQ(message_of(read_searches, "probe,mated,score\na,1,\n"),
            ", line 2: expected a number in column 'score', got ''");
}

TEST_F(ReadScores, TandemTrialsHaveTwoScores) {
  const auto scores = read_tandem_scores(
      file("kind,similarity,attack_score\nmated,0.9,0.1\nattack,0.8,0.7\nnon_mated,0.2,0.3\n"));
  EXPECT_THAT(scores.attacks, ElementsAre(0.8));
  EXPECT_THAT(scores.bona_fide_attack_scores, ElementsAre(0.1, 0.3));
  EXPECT_THAT(scores.attack_attack_scores, ElementsAre(0.7));
  EXPECT_EQ(message_of(read_tandem_scores, "kind,similarity,attack_score\nspoof,1,1\n"),
            ", line 2: expected mated, non_mated or attack in column 'kind', got 'spoof'");
  EXPECT_THAT(message_of(read_tandem_scores, "kind,similarity,attack_score\nmated,1,1\n"),
              HasSubstr("all three"));
}

TEST_F(ReadScores, MorphAttemptsAreGroupedByRecogniserMorphAndSubject) {
  const auto attempts = read_morph_attempts(file(
      "recogniser,morph,subject,score\nb,m1,s1,0.1\na,m1,s2,0.2\na,m1,s1,0.3\na,m1,s1,0.4\nb,m1,s2,0.5\n"));
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].recogniser, "a");
  EXPECT_THAT(attempts[0].morphs[0].subjects, ElementsAre(ElementsAre(0.3, 0.4), ElementsAre(0.2)));
  EXPECT_THAT(message_of(read_morph_attempts, "morph,subject,score\n"), HasSubstr("got the header only"));
}

TEST_F(ReadScores, AttributionLabelsOfOneNameAreOneClass) {
  const auto labels = read_attribution_labels(file("truth,predicted\nswap,cluster 1\nmorph,swap\n"));
  EXPECT_THAT(labels.truth, ElementsAre(0, 2));
  EXPECT_THAT(labels.predicted, ElementsAre(1, 0));
}

TEST_F(ReadScores, DamageEndsInAnErrorOrInData) {
  const std::string whole = "probe,reference,mated,score\n\"a\",b,1,0.5\nc,\"d\"\"\",0,0.25\n";
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const char c : {'\0', '"', ',', '\n', '9'}) {
      std::string damaged = whole;
      damaged[i] = c;
      try {
        (void)read_comparison_scores(file(damaged));
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Corrupt);
      }
    }
}

}  // namespace
}  // namespace kyc
