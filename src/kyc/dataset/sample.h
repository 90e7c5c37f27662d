// One line of a data set's manifest.jsonl: a sample, with everything that is known about it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kyc {

enum class SampleKind {
  BonaFide,  // of a real person, as captured (perhaps re-encoded)
  Attack,
};

struct SampleParent {
  std::string role;    // "source" (gives the identity), "target" (receives it), "original" (was re-encoded)
  std::string id;      // of another sample of this manifest; empty: a file from outside
  std::string path;    // of a file from outside, as the recipe named it
  std::string sha256;  // of the parent's bytes
};

// What a sample says about its person; `estimated` is never silently mixed with what was stated.
struct SampleAttribute {
  std::string value;
  bool estimated = false;
};

// A file that belongs to a sample.
struct SampleFile {
  std::string path;  // relative to the data set's folder
  std::string sha256;
  std::uint64_t bytes = 0;
};

struct Sample {
  std::string id;  // unique in the data set; stable between builds of the same recipe
  std::string
      path;  // relative to the data set's folder, '/' between folders; empty: never made (see `failure`)
  std::string sha256;  // of the file
  std::uint64_t bytes = 0;
  SampleKind kind = SampleKind::BonaFide;
  std::string identity;     // whose face is shown or claimed: of an attack, its victim
  std::string driver;       // of an attack with a target: the identity of the person in it; else empty
  std::string species;      // "bona_fide", or of an attack "swap/graphics", with post-processing
                            // "swap/graphics+restore/sharpen"
  std::string compression;  // "c0", "c23", "c40"; empty: as it came
  std::string split;        // "train", "val", "test"
  std::vector<SampleParent> parents;
  // Of an attack, if it was kept: what it changed, lossless, as many frames as the sample, white where the
  // attack made the picture. Samples that differ in compression alone share it.
  std::optional<SampleFile> mask;
  std::map<std::string, SampleAttribute> attributes;  // "age", "sex", "race", ...
  std::string consent;                                // in words, or why none is needed
  std::string licence;
  std::optional<std::string> failure;         // why there is no file
  std::map<std::string, std::string> record;  // how it was made: method, options, seed, models, ...
};

std::string to_json_line(const Sample& sample);  // no line break at its end; equal samples are equal text
// throws  Error{Corrupt}: what was expected where; `place` ("manifest.jsonl:7") begins the message
Sample sample_of_json(const std::string& line, const std::string& place);

// A data set's folder: manifest.jsonl, build.json, media/.
struct Dataset {
  std::filesystem::path folder;
  std::vector<Sample> samples;

  std::filesystem::path file_of(const Sample& sample) const { return folder / sample.path; }
};

// throws  Error{NotFound} no such folder or no manifest in it; Error{Corrupt} with file and line; two samples
// of one id,
//         or a path that leads out of the folder
Dataset read_dataset(const std::filesystem::path& folder);

}  // namespace kyc
