// AttackRecord as JSON.

#include <cmath>

#include <nlohmann/json.hpp>

#include "kyc/attack/run.h"

namespace kyc {

std::string to_json(const AttackRecord& record) {
  nlohmann::ordered_json json = {{"method", record.method}, {"program", record.program}};
  json["inputs"] = nlohmann::ordered_json::array();
  for (const AttackRecord::Input& input : record.inputs)
    json["inputs"].push_back({{"role", input.role}, {"path", input.path.string()}, {"sha256", input.sha256}});
  json["post"] = record.post;
  json["seed"] = record.options.seed;
  json["options"] = record.options.values;
  json["models"] = record.models;
  json["frames"] = record.frames;
  json["frames_without_face"] = record.frames_without_face;
  json["changed"] = std::round(record.changed * 1e6) / 1e6;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string provenance_comment(const AttackRecord& record) {
  nlohmann::ordered_json json = {{"program", record.program}, {"attack", record.method}};
  json["inputs"] = nlohmann::ordered_json::array();
  for (const AttackRecord::Input& input : record.inputs)
    json["inputs"].push_back({{"role", input.role}, {"sha256", input.sha256}});
  json["post"] = record.post;
  json["seed"] = record.options.seed;
  json["options"] = record.options.values;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace kyc
