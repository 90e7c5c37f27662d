#include "kyc/store/backup_reports.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/store/backup_file.h"
#include "kyc/store/jobs.h"
#include "kyc/store/media.h"

namespace kyc {
namespace {

namespace fs = std::filesystem;

// The file: kReportFormat, the job's id; of each file kFile, its path in the report and its bytes;
// kReportEnd.
constexpr const char* kReportFormat = "kyclops report 1";
constexpr const char* kFile = "f";
constexpr const char* kReportEnd = "e";
constexpr const char* kPart = "reports";
constexpr std::uint64_t kLongestFile = 200ULL << 20;  // of one file

// In the order of their names: the same report is the same file of the backup.
std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && !entry.is_symlink()) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string packed(const fs::path& report, const MediaFolder& into) {
  BackupFileWriter out(into);
  out.put(kReportFormat);
  out.put(report.filename().string());
  for (const fs::path& file : files_in(report)) {
    const std::string bytes = read_text_file(file, kLongestFile);
    out.put(kFile);
    out.put(file.lexically_relative(report).generic_string());
    out.put(Bytes(bytes.begin(), bytes.end()));
  }
  out.put(kReportEnd);
  return out.finish().id;
}

std::set<std::string> held_in(const MediaFolder& folder) {
  std::set<std::string> out;
  folder.sweep([&](const std::string& id) { out.insert(id); }, 0);
  return out;
}

// The backup is as trustworthy as its key; a path that leads out is one all the same.
fs::path inside(const fs::path& folder, const std::string& name) {
  const fs::path path = fs::path(name).lexically_normal();
  if (path.empty() || path.is_absolute() || *path.begin() == "..")
    throw Error(ErrorCode::Corrupt, "the backup's report has a file outside of it: " + name);
  return folder / path;
}

void unpack(const MediaFolder& from, const std::string& id, const fs::path& reports) {
  BackupFileReader in(from, id);
  if (in.text() != kReportFormat)
    throw Error(ErrorCode::Unsupported,
                std::string("a report in the backup: expected '") + kReportFormat + "'");
  const fs::path folder = inside(reports, in.text());
  while (in.text() == kFile) {
    const fs::path file = inside(folder, in.text());
    const SqlValue content = in.get();
    const auto* bytes = std::get_if<Bytes>(&content);
    if (bytes == nullptr) throw Error(ErrorCode::Corrupt, "a report in the backup is damaged");
    fs::create_directories(file.parent_path());
    write_file(file, *bytes);
  }
}

}  // namespace

std::int64_t back_up_reports(Database& database,
                             const KeyRing& keys,
                             const fs::path& reports,
                             const fs::path& backup) {
  const MediaFolder into(backup / kPart, keys);
  std::set<std::string> wanted;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(reports, none)) {
    const std::string job = entry.path().filename().string();
    if (!fs::is_regular_file(entry.path() / "index.html")) continue;
    if (database.read([&](Connection& c) { return find_job(c, job).has_value(); }))
      wanted.insert(packed(entry.path(), into));
  }
  for (const std::string& id : held_in(into))
    if (!wanted.contains(id)) into.remove(id);
  return static_cast<std::int64_t>(wanted.size());
}

std::int64_t restore_reports(const KeyRing& keys, const fs::path& backup, const fs::path& reports) {
  if (!fs::is_directory(backup / kPart)) return 0;  // a backup of an older program
  const MediaFolder from(backup / kPart, keys);
  const std::set<std::string> held = held_in(from);
  for (const std::string& id : held) unpack(from, id, reports);
  return static_cast<std::int64_t>(held.size());
}

}  // namespace kyc
