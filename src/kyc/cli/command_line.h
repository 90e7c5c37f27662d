// Nouns, verbs and flags. CLI11 ends in command_line.cpp: all of it is headers, which cost 7 s in every file
// that includes them, and every command is a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace kyc::cli {

// What a value must be; the user is told so.
struct Check {
  enum class Kind { Range, Member, ExistingFile, ExistingDirectory };
  Kind kind = Kind::Range;
  double low = 0;
  double high = 0;
  std::vector<std::string> members;
};
extern const Check kNonNegativeNumber;
extern const Check kPositiveNumber;
extern const Check kExistingFile;
extern const Check kExistingDirectory;
Check in_range(double low, double high);  // both included
Check is_member(std::vector<std::string> members);

class Option {
 public:
  Option* required();
  Option* capture_default_str();  // --help shows the value that the variable has now
  Option* check(const Check& check);
  Option* expected(int count);
  Option* expected(int least, int most);
  Option* delimiter(char between);  // "a,b,c" is three values
  Option* needs(Option* other);
  Option* excludes(Option* other);
  std::size_t count() const;  // how often the user gave it

 private:
  friend class App;
  explicit Option(void* option) : option_(option) {}
  void* option_;  // CLI::Option
};

// A program, a noun or a verb. Options and sub-commands live as long as the App that made them; so must the
// variables.
class App {
 public:
  App(const std::string& description, const std::string& name);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // "--name", or a bare word for what stands without a flag. A vector takes several values.
  Option* add_option(const std::string& name, std::string& value, const std::string& help);
  Option* add_option(const std::string& name, std::filesystem::path& value, const std::string& help);
  Option* add_option(const std::string& name, int& value, const std::string& help);
  Option* add_option(const std::string& name, std::int64_t& value, const std::string& help);
  Option* add_option(const std::string& name, std::uint64_t& value, const std::string& help);
  Option* add_option(const std::string& name, float& value, const std::string& help);
  Option* add_option(const std::string& name, double& value, const std::string& help);
  Option* add_option(const std::string& name, std::optional<std::string>& value, const std::string& help);
  Option* add_option(const std::string& name, std::optional<int>& value, const std::string& help);
  Option* add_option(const std::string& name, std::optional<std::uint64_t>& value, const std::string& help);
  Option* add_option(const std::string& name, std::optional<double>& value, const std::string& help);
  Option* add_option(const std::string& name, std::vector<std::string>& value, const std::string& help);
  Option* add_option(const std::string& name,
                     std::vector<std::filesystem::path>& value,
                     const std::string& help);
  Option* add_option(const std::string& name, std::vector<int>& value, const std::string& help);
  Option* add_option(const std::string& name, std::vector<double>& value, const std::string& help);
  Option* add_flag(const std::string& name, bool& value, const std::string& help);

  App* add_subcommand(const std::string& name, const std::string& description);
  App* find_subcommand(const std::string& name);  // null: there is none

  // Runs when this command was chosen and all its options are read.
  void callback(std::function<void()> run);
  void footer(const std::string& text);
  void fallthrough();  // flags of the command above may stand after this one's
  void require_subcommand(int count);
  void set_version_flag(const std::string& name, const std::string& version);

  // Prints help, or what is wrong with the command line.
  // returns  nothing if a command was chosen; else whether the user asked for what was printed
  std::optional<bool> parse(int argc, char** argv);

 private:
  struct State;
  App(void* app, int);  // of a sub-command
  template <typename T>
  Option* bind(const std::string& name, T& value, const std::string& help);
  std::unique_ptr<State> state_;
};

// Thrown by a callback: the command line is wrong in a way that no option knows alone.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kyc::cli
