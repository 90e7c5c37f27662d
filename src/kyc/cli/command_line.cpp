#include "kyc/cli/command_line.h"

#include <limits>

#include <CLI/CLI.hpp>

namespace kyc::cli {
namespace {

CLI::Option* real(void* option) {
  return static_cast<CLI::Option*>(option);
}

CLI::Validator validator(const Check& check) {
  switch (check.kind) {
    case Check::Kind::Range:
      if (check.low == 0 && check.high == std::numeric_limits<double>::max()) return CLI::NonNegativeNumber;
      if (check.low > 0 && check.high == std::numeric_limits<double>::max()) return CLI::PositiveNumber;
      return CLI::Range(check.low, check.high);
    case Check::Kind::Member:
      return CLI::IsMember(check.members);
    case Check::Kind::ExistingFile:
      return CLI::ExistingFile;
    case Check::Kind::ExistingDirectory:
      return CLI::ExistingDirectory;
  }
  return {};
}

}  // namespace

const Check kNonNegativeNumber{Check::Kind::Range, 0, std::numeric_limits<double>::max(), {}};
const Check kPositiveNumber{
    Check::Kind::Range, std::numeric_limits<double>::min(), std::numeric_limits<double>::max(), {}};
const Check kExistingFile{Check::Kind::ExistingFile, 0, 0, {}};
const Check kExistingDirectory{Check::Kind::ExistingDirectory, 0, 0, {}};

Check in_range(double low, double high) {
  return {Check::Kind::Range, low, high, {}};
}

Check is_member(std::vector<std::string> members) {
  return {Check::Kind::Member, 0, 0, std::move(members)};
}

Option* Option::required() {
  real(option_)->required();
  return this;
}

Option* Option::capture_default_str() {
  real(option_)->capture_default_str();
  return this;
}

Option* Option::check(const Check& check) {
  real(option_)->check(validator(check));
  return this;
}

Option* Option::expected(int count) {
  real(option_)->expected(count);
  return this;
}

Option* Option::expected(int least, int most) {
  real(option_)->expected(least, most);
  return this;
}

Option* Option::delimiter(char between) {
  real(option_)->delimiter(between);
  return this;
}

Option* Option::needs(Option* other) {
  real(option_)->needs(real(other->option_));
  return this;
}

Option* Option::excludes(Option* other) {
  real(option_)->excludes(real(other->option_));
  return this;
}

std::size_t Option::count() const {
  return real(option_)->count();
}

struct App::State {
  std::unique_ptr<CLI::App> program;  // null: a sub-command, which its parent owns
  CLI::App* app = nullptr;
  std::vector<std::unique_ptr<Option>> options;
  std::vector<std::unique_ptr<App>> subcommands;
};

App::App(const std::string& description, const std::string& name) : state_(std::make_unique<State>()) {
  state_->program = std::make_unique<CLI::App>(description, name);
  state_->app = state_->program.get();
}

App::App(void* app, int) : state_(std::make_unique<State>()) {
  state_->app = static_cast<CLI::App*>(app);
}

App::~App() = default;

template <typename T>
Option* App::bind(const std::string& name, T& value, const std::string& help) {
  state_->options.emplace_back(new Option(state_->app->add_option(name, value, help)));
  return state_->options.back().get();
}

Option* App::add_option(const std::string& name, std::string& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, std::filesystem::path& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, int& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, std::int64_t& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, std::uint64_t& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, float& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, double& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, std::optional<std::string>& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, std::optional<int>& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name,
                        std::optional<std::uint64_t>& value,
                        const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, std::optional<double>& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, std::vector<std::string>& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name,
                        std::vector<std::filesystem::path>& value,
                        const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, std::vector<int>& value, const std::string& help) {
  return bind(name, value, help);
}
Option* App::add_option(const std::string& name, std::vector<double>& value, const std::string& help) {
  return bind(name, value, help);
}

Option* App::add_flag(const std::string& name, bool& value, const std::string& help) {
  state_->options.emplace_back(new Option(state_->app->add_flag(name, value, help)));
  return state_->options.back().get();
}

App* App::add_subcommand(const std::string& name, const std::string& description) {
  state_->subcommands.emplace_back(new App(state_->app->add_subcommand(name, description), 0));
  return state_->subcommands.back().get();
}

App* App::find_subcommand(const std::string& name) {
  for (const std::unique_ptr<App>& sub : state_->subcommands)
    if (sub->state_->app->get_name() == name) return sub.get();
  return nullptr;
}

void App::callback(std::function<void()> run) {
  state_->app->callback([run = std::move(run)] {
    try {
      run();
    } catch (const UsageError& error) {
      throw CLI::ValidationError(error.what());
    }
  });
}

void App::footer(const std::string& text) {
  state_->app->footer(text);
}

void App::fallthrough() {
  state_->app->fallthrough();
}

void App::require_subcommand(int count) {
  state_->app->require_subcommand(count);
}

void App::set_version_flag(const std::string& name, const std::string& version) {
  state_->app->set_version_flag(name, version);
}

std::optional<bool> App::parse(int argc, char** argv) {
  try {
    state_->app->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    return state_->app->exit(error) == 0;
  }
}

}  // namespace kyc::cli
