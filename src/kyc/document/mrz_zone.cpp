#include "kyc/document/mrz_zone.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kyc {
namespace {

constexpr std::size_t kMaxZones = 5;
constexpr std::size_t kMaxDirections = 3;
constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kSameDirection = 4 * kPi / 180;
constexpr float kLine = 6;          // width over height of what shows a direction
constexpr float kSquare = 1.6F;     // less shows none
constexpr float kThin = 0.4F;       // of the height of a line
constexpr float kShortest = 14;     // width over height of a zone: 30 characters are longer
constexpr float kShortestPart = 4;  // of a line of it, likewise, that was found

float difference(float a, float b) {
  return std::fabs(std::remainder(a - b, kPi));
}

struct Row {
  float left = 0;
  float right = 0;
  float height = 0;  // mean, weighted by width
  float weight = 0;
  float u = 0;  // of the middle of its longest piece
  float v = 0;
  float turn = 0;  // of its longest piece

  float v_at(float other_u) const { return v + std::tan(turn) * (other_u - u); }
};

void add_box(Row& row, float left, float right, float height) {
  row.left = row.weight > 0 ? std::min(row.left, left) : left;
  row.right = row.weight > 0 ? std::max(row.right, right) : right;
  if (height < kThin * row.height) return;  // of a piece that was found in part only
  const float weight = right - left;
  row.height = (row.height * row.weight + height * weight) / (row.weight + weight);
  row.weight += weight;
}

// What is in one line is often found in pieces.
std::vector<Row> rows_along(std::span<const TextBox> boxes, float angle) {
  std::vector<TextBox> along;
  for (const TextBox& box : boxes)
    // Square ones show no direction.
    if (difference(box.angle, angle) < kSameDirection || box.width < kSquare * box.height)
      along.push_back(box);
  std::sort(along.begin(), along.end(), [](const TextBox& a, const TextBox& b) { return a.width > b.width; });
  std::vector<Row> rows;
  for (const TextBox& box : along) {
    const float u = box.center.x * std::cos(angle) + box.center.y * std::sin(angle);
    const float v = box.center.y * std::cos(angle) - box.center.x * std::sin(angle);
    const auto same_row = [&](const Row& row) {
      return std::fabs(v - row.v_at(u)) < 0.45F * row.height && box.height < 1.6F * row.height;
    };
    auto row = std::find_if(rows.begin(), rows.end(), same_row);
    if (row == rows.end()) {
      row = rows.insert(rows.end(), Row{});
      row->u = u;
      row->v = v;
      row->turn = box.width < kLine * box.height ? 0 : std::remainder(box.angle - angle, kPi);
    }
    add_box(*row, u - box.width / 2, u + box.width / 2, box.height);
  }
  std::erase_if(rows, [](const Row& row) { return row.weight < kShortestPart * row.height; });
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.v < b.v; });
  return rows;
}

// Fillers are not always found, so one end may be ragged.
bool ends_agree(std::span<const Row> rows, float Row::*end, float reach) {
  const auto [least, most] = std::minmax_element(
      rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return a.*end < b.*end; });
  return (*most).*end - (*least).*end < reach;
}

bool fit_together(std::span<const Row> rows, const MrzZone& zone) {
  const float length = zone.right - zone.left;
  if (length < kShortest * zone.height) return false;
  if (!ends_agree(rows, &Row::left, 1.5F * zone.height) && !ends_agree(rows, &Row::right, 1.5F * zone.height))
    return false;
  const float step = zone.rows[1].middle - zone.rows[0].middle;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].height < 0.55F * zone.height || rows[i].right - rows[i].left < 0.2F * length) return false;
    if (i == 0) continue;
    const float this_step = zone.rows[i].middle - zone.rows[i - 1].middle;
    if (this_step < 0.55F * zone.height || this_step > 3.5F * zone.height) return false;
    if (std::fabs(this_step - step) > 0.3F * step) return false;
  }
  return true;
}

MrzZone zone_of(std::span<const Row> rows, float angle) {
  MrzZone zone;
  zone.angle = angle;
  zone.left = rows[0].left;
  zone.right = rows[0].right;
  for (const Row& row : rows) {
    zone.left = std::min(zone.left, row.left);
    zone.right = std::max(zone.right, row.right);
    zone.height = std::max(zone.height, row.height);
  }
  for (const Row& row : rows) zone.rows.push_back({row.v_at((zone.left + zone.right) / 2), row.turn});
  return zone;
}

}  // namespace

MrzZone MrzZone::turned() const {
  MrzZone out{angle + kPi, -right, -left, height, {}};
  for (std::size_t i = rows.size(); i-- > 0;) out.rows.push_back({-rows[i].middle, rows[i].turn});
  return out;
}

std::vector<MrzZone> find_zones(std::span<const TextBox> boxes) {
  std::vector<TextBox> long_ones;
  for (const TextBox& box : boxes)
    if (box.width > kLine * box.height) long_ones.push_back(box);
  std::sort(long_ones.begin(), long_ones.end(), [](const TextBox& a, const TextBox& b) {
    return a.width > b.width;
  });
  std::vector<float> directions;
  for (const TextBox& box : long_ones)
    if (directions.size() < kMaxDirections &&
        std::none_of(directions.begin(), directions.end(), [&](float known) {
          return difference(known, box.angle) < kSameDirection;
        }))
      directions.push_back(box.angle);

  std::vector<MrzZone> zones;
  for (const float angle : directions) {
    const std::vector<Row> rows = rows_along(boxes, angle);
    for (const std::size_t count : {3U, 2U})
      for (std::size_t first = 0; first + count <= rows.size(); ++first) {
        const std::span<const Row> candidate = std::span(rows).subspan(first, count);
        MrzZone zone = zone_of(candidate, angle);
        if (fit_together(candidate, zone)) zones.push_back(std::move(zone));
      }
  }
  // A zone is the longest text of a document, for its height.
  std::stable_sort(zones.begin(), zones.end(), [](const MrzZone& a, const MrzZone& b) {
    return a.right - a.left > b.right - b.left;
  });
  if (zones.size() > kMaxZones) zones.resize(kMaxZones);
  return zones;
}

}  // namespace kyc
