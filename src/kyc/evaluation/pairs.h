// Lists of image pairs in the format of LFW's pairs.txt.
//
//   10   300                                     header: folds and pairs per class and fold; or pairs per
//   class only; Abel_Pacheco  1  4                           or no header. Then mated pairs: person, image,
//   image Robert_Downey_Jr  1  Tommy_Shane_Steiner  1  and non-mated pairs: person, image, another person,
//   image
//
// Fields are separated by tabs (then names may hold spaces) or by spaces. Image 4 of Abel_Pacheco is the file
// Abel_Pacheco/Abel_Pacheco_0004.jpg.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace kyc {

struct PersonImage {
  std::size_t person = 0;  // index into PairList::persons
  int number = 0;          // as in the list
  std::size_t line = 0;    // where the list names it first; the first line is 1
};

struct ImagePair {
  std::size_t probe = 0;      // index into PairList::images
  std::size_t reference = 0;  // likewise
  bool mated = false;         // of the same person
  int fold = 0;
};

struct PairList {
  std::vector<std::string> persons;  // distinct, in order of appearance
  std::vector<PersonImage> images;   // distinct, in order of appearance
  std::vector<ImagePair> pairs;      // in the order of the list
  int folds = 0;  // as the header says. Without folds there: each class is cut, in order, into ten (fewer if
                  // a class has fewer pairs)
};

// name    what error messages call the text: the file's path
// throws  Error{Corrupt} with name, line, what was expected and what came; also if the counts are not the
// header's
PairList parse_pairs(const std::string& text, const std::string& name);

// Also checks that every image is there.
// images  the folder with one folder per person
// throws  as parse_pairs; Error{NotFound} for the list, or for an image with the line that names it
PairList read_pairs(const std::filesystem::path& path, const std::filesystem::path& images);

// "Abel_Pacheco/Abel_Pacheco_0004.jpg"
std::filesystem::path relative_path(const PairList& list, const PersonImage& image);

}  // namespace kyc
