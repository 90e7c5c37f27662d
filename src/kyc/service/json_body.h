// A JSON object that came with a request, read field by field; every complaint names the field. nlohmann ends
// in json_body.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kyc/service/http.h"

namespace kyc {

// throws, all of it,  HttpError 400 "invalid_json", or 422 "invalid_field" with the field
class JsonBody {
 public:
  // An empty text is an empty object. Nesting deeper than 32 is refused.
  explicit JsonBody(std::string_view text);
  ~JsonBody();

  std::string text(const std::string& field, std::size_t least, std::size_t most) const;
  std::optional<std::string> optional_text(const std::string& field, std::size_t most) const;
  std::optional<std::int64_t> optional_integer(const std::string& field,
                                               std::int64_t least,
                                               std::int64_t most) const;
  bool truth(const std::string& field, bool otherwise) const;
  std::optional<bool> optional_truth(const std::string& field) const;
  std::vector<std::string> texts(const std::string& field, std::size_t most_texts, std::size_t most) const;
  // Of {"a": "b"}: pairs; an absent field has none.
  std::vector<std::pair<std::string, std::string>> text_pairs(const std::string& field,
                                                              std::size_t most_pairs) const;

  // Refuses fields that nobody asked for.
  void done() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Members of a JSON object that this program wrote itself, as JSON texts: {"a": 1} -> {"a", "1"}.
std::optional<std::string> member_of(std::string_view json, const std::string& name);

}  // namespace kyc
