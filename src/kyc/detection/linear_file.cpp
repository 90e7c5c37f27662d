#include <cmath>

#include <nlohmann/json.hpp>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/detection/linear_model.h"

namespace kyc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxBytes = 4 << 20;

double finite(const Json& value) {
  const auto out = value.get<double>();
  if (!std::isfinite(out)) throw Error(ErrorCode::Corrupt, "expected finite numbers");
  return out;
}

LinearModelFile parse(const Json& json) {
  LinearModelFile out;
  out.detector = json.at("detector");
  out.model.intercept = finite(json.at("intercept"));
  for (const Json& term : json.at("terms")) {
    out.model.terms.push_back(
        {term.at("name"), finite(term.at("mean")), finite(term.at("scale")), finite(term.at("weight"))});
    if (!(out.model.terms.back().scale > 0))
      throw Error(ErrorCode::Corrupt,
                  "/terms: " + out.model.terms.back().name + ": expected a scale above 0");
  }
  for (const Json& one : json.at("thresholds"))
    out.thresholds.push_back({one.at("name"), finite(one.at("value")), one.at("rate"), one.at("data")});
  for (const auto& [key, value] : json.at("record").items())
    out.record.emplace_back(key, value.get<std::string>());
  return out;
}

}  // namespace

LinearModelFile read_linear_model(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kMaxBytes);
  std::string problem;
  try {
    LinearModelFile out = parse(Json::parse(bytes));
    out.sha256 = sha256_hex(bytes);
    return out;
  } catch (const Json::exception& error) {
    problem = error.what();
  } catch (const Error& error) {
    problem = error.what();
  }
  throw Error(ErrorCode::Corrupt, path.string() + ": expected the coefficients of a detector: " + problem);
}

bool is_linear_model(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path, kMaxBytes);
  const Json json = Json::parse(bytes, nullptr, false);
  return json.is_object() && json.contains("terms");
}

std::string linear_model_to_json(const LinearModelFile& file) {
  Json terms = Json::array();
  for (const LinearTerm& term : file.model.terms)
    terms.push_back(
        {{"name", term.name}, {"mean", term.mean}, {"scale", term.scale}, {"weight", term.weight}});
  Json thresholds = Json::array();
  for (const ModelThreshold& one : file.thresholds)
    thresholds.push_back({{"name", one.name}, {"value", one.value}, {"rate", one.rate}, {"data", one.data}});
  Json record = Json::object();
  for (const auto& [key, value] : file.record) record[key] = value;
  return Json{{"detector", file.detector},
              {"record", std::move(record)},
              {"thresholds", std::move(thresholds)},
              {"intercept", file.model.intercept},
              {"terms", std::move(terms)}}
             .dump(1) +
         "\n";
}

}  // namespace kyc
