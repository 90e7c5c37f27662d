#include "kyc/report/write.h"

#include <set>

#include <unistd.h>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/report/csv.h"
#include "kyc/report/format.h"
#include "kyc/report/html.h"
#include "kyc/report/json.h"
#include "kyc/report/plot_table.h"
#include "kyc/report/svg.h"
#include "kyc/report/tex.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

// A folder that goes away again unless it is given its place.
class PreparedFolder {
 public:
  explicit PreparedFolder(const fs::path& place)
      : place_(place), path_(place.string() + ".new-" + std::to_string(::getpid())) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~PreparedFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    if (!old_.empty() && !fs::exists(place_, ignored)) fs::rename(old_, place_, ignored);
  }
  PreparedFolder(const PreparedFolder&) = delete;
  PreparedFolder& operator=(const PreparedFolder&) = delete;

  void write(const std::string& name, const std::string& text) {
    if (!names_.insert(name).second)
      throw Error(ErrorCode::InvalidArgument, "report: two parts are called " + name);
    const fs::path file = path_ / name;
    fs::create_directories(file.parent_path());
    write_text_file(file, text);
  }

  void take_place() {
    if (fs::exists(place_)) {
      old_ = place_.string() + ".old-" + std::to_string(::getpid());
      fs::remove_all(old_);
      fs::rename(place_, old_);
    }
    fs::rename(path_, place_);
    std::error_code ignored;
    if (!old_.empty()) fs::remove_all(old_, ignored);
  }

 private:
  fs::path place_;
  fs::path path_;
  fs::path old_;
  std::set<std::string> names_;
};

fs::path without_slash(const fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

bool stays_inside(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  for (const fs::path& part : path)
    if (part == "..") return false;
  return true;
}

}  // namespace

void check_report_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) return;
  if (!fs::is_directory(folder, ignored))
    throw Error(ErrorCode::InvalidArgument,
                folder.string() + ": expected a folder for the report, is a file");
  if (!fs::is_empty(folder, ignored) && !fs::exists(folder / "report.json", ignored))
    throw Error(ErrorCode::InvalidArgument,
                folder.string() + ": is there already and is no report; choose another folder");
}

void write_report(const Report& report, const fs::path& folder) {
  const fs::path place = without_slash(folder);
  check_report_folder(place);
  try {
    PreparedFolder prepared(place);
    prepared.write("index.html", html_of(report));
    prepared.write("report.json", json_of(report));
    prepared.write("report.csv", csv_of_figures(report));
    prepared.write("report.tex", tex_of(report));
    for (const Section& section : report.sections)
      for (const Block& block : section.blocks) {
        if (const auto* table = std::get_if<Table>(&block))
          prepared.write("tables/" + file_word(table->id) + ".csv", csv_of(*table));
        if (const auto* plot = std::get_if<Plot>(&block))
          prepared.write("plots/" + file_word(plot->id) + ".svg", svg_of(*plot, {.standalone = true}));
      }
    for (const Attachment& file : report.attachments) {
      if (!stays_inside(file.path))
        throw Error(ErrorCode::InvalidArgument, "report: " + file.path + " leads out of the folder");
      prepared.write(file.path, file.content);
    }
    prepared.take_place();
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::Unavailable, folder.string() + ": " + error.code().message());
  }
}

}  // namespace kyc
