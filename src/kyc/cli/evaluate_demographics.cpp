// kyclops evaluate demographics: does a recogniser err more with some groups of people than with others?

#include <algorithm>
#include <memory>
#include <set>

#include "kyc/cli/evaluation_run.h"
#include "kyc/core/error.h"
#include "kyc/core/text.h"
#include "kyc/evaluation/groups.h"
#include "kyc/evaluation/media.h"
#include "kyc/evaluation/templates.h"
#include "kyc/report/format.h"

namespace kyc::cli {
namespace {

struct EvaluateDemographicsFlags {
  EvaluationOptions run;
  std::string images;
  std::string model = "fr_feature";
  std::string threshold = "fmr_1e-3";
};

std::vector<GroupedImage> images_of(const Dataset& dataset) {
  const MediaIndex index(dataset);
  std::vector<std::size_t> samples = index.pictures();
  samples.insert(samples.end(), index.clips().begin(), index.clips().end());
  std::vector<GroupedImage> out;
  std::set<std::string> origins;
  for (const std::size_t i : samples) {
    const Sample& sample = dataset.samples[i];
    if (sample.kind != SampleKind::BonaFide || !origins.insert(index.origin(i)).second) continue;
    GroupedImage image{sample.id, dataset.file_of(sample), sample.identity, {}};
    for (const auto& [name, attribute] : sample.attributes) {
      std::string value = attribute.value;
      if (name == "age" && !value.empty() && value.find_first_not_of("0123456789") == std::string::npos &&
          value.size() < 4)
        value = age_band(std::stoi(value));
      image.groups[attribute.estimated ? name + " (estimated)" : name] = value;
    }
    out.push_back(std::move(image));
  }
  return out;
}

Section section_of(Report& report, const std::string& attribute, const std::vector<GroupErrors>& errors) {
  Table table{"groups_" + file_word(attribute),
              "By " + attribute,
              "Comparisons within each group, every picture with every other one; they share people, so the "
              "intervals, which take them as independent, are too narrow.",
              {{attribute, false}, {"pictures", true}, {"no face", true}, {"FMR", true}, {"FNMR", true}},
              {},
              1};
  BarPlot bars;
  double high = 1e-4;
  for (const GroupErrors& e : errors) {
    table.rows.push_back({text_cell(e.group),
                          count_cell(e.images),
                          rate_cell(e.failed, e.images),
                          rate_cell(e.false_matches, e.non_mated),
                          rate_cell(e.false_non_matches, e.mated)});
    Bar bar{e.group, std::nullopt, std::nullopt, count_text(e.false_matches, e.non_mated), Tone::Plain};
    if (e.non_mated > 0) {
      bar.value = static_cast<double>(e.false_matches) / static_cast<double>(e.non_mated);
      bar.interval = clopper_pearson_interval(e.false_matches, e.non_mated);
      high = std::max(high, e.non_mated >= 100 ? bar.interval->high : *bar.value);
    }
    bars.bars.push_back(std::move(bar));
    report.figures.push_back(rate_figure("fmr[" + attribute + "," + e.group + "]",
                                         "non-mated comparisons of this group that are accepted",
                                         e.false_matches,
                                         e.non_mated));
    report.figures.push_back(rate_figure("fta[" + attribute + "," + e.group + "]",
                                         "pictures of this group without template",
                                         e.failed,
                                         e.images));
    if (e.mated > 0)
      report.figures.push_back(rate_figure("fnmr[" + attribute + "," + e.group + "]",
                                           "mated comparisons of this group that are not accepted",
                                           e.false_non_matches,
                                           e.mated));
  }
  bars.x = {"FMR", AxisScale::Linear, true, 0, high * 1.05};
  Section out{"By " + attribute,
              {Plot{"fmr_" + file_word(attribute),
                    "False matches by " + attribute,
                    "Share of non-mated comparisons within the group that are accepted, with 95 % intervals.",
                    bars},
               table},
              false};

  const std::vector<GroupRates> rates = group_rates(errors);
  if (rates.size() < 2) return out;
  const std::optional<double> inequity = inequity_rate(rates, 1.0);
  const bool mated =
      std::any_of(errors.begin(), errors.end(), [](const GroupErrors& e) { return e.mated > 0; });
  const double alpha = mated ? 0.5 : 1.0;
  const double fdr = fairness_discrepancy_rate(rates, alpha);
  const double gini = garbe(rates, alpha);
  // A difference between groups is carried where the rates of every group are.
  std::optional<Support> weakest;
  for (const GroupErrors& e : errors) {
    if (e.non_mated == 0) continue;
    Support group = Support::of_rate(e.false_matches, e.non_mated);
    if (mated) group = group && Support::of_rate(e.false_non_matches, e.mated);
    if (!weakest || (weakest->carried() && !group.carried()))
      weakest = Support::stated(group.carried(), e.group + ": " + group.reason());
  }
  const Support support = weakest.value_or(Support::none("no comparisons"));
  report.figures.push_back(
      value_figure("fdr[" + attribute + "]", "fairness discrepancy rate, 1 is best", fdr, support));
  report.figures.push_back(value_figure("garbe[" + attribute + "]", "0 is best, 1 is worst", gini, support));
  report.figures.push_back(value_figure(
      "fmr_ratio[" + attribute + "]", "highest over lowest FMR of the groups", inequity, support));
  out.blocks.emplace_back(Table{
      "differentials_" + file_word(attribute),
      "Differentials by " + attribute,
      mated ? "FMR and FNMR weigh the same." : "There are no mated comparisons: of FMR alone (alpha = 1).",
      {{"figure", false}, {"value", true}},
      {{text_cell("fairness discrepancy rate (1 is best)"), figure_cell(fdr, support)},
       {text_cell("GARBE (0 is best)"), figure_cell(gini, support)},
       {text_cell("highest FMR / lowest FMR"),
        inequity ? figure_cell(*inequity, support) : text_cell("no value: a group has none", Tone::Doubt)}},
      1});
  const auto [low_group, high_group] = std::minmax_element(
      rates.begin(), rates.end(), [](const auto& a, const auto& b) { return a.fmr < b.fmr; });
  report.summary.push_back({"By " + attribute + ": FMR from " + percent_text(low_group->fmr) + " (" +
                                low_group->group + ") to " + percent_text(high_group->fmr) + " (" +
                                high_group->group + ")" +
                                (inequity ? ", " + number_text(*inequity, 3) + " times as much." : "."),
                            Tone::Plain});
  return out;
}

int run_evaluate_demographics(const EvaluateDemographicsFlags& options, const GlobalOptions& global) {
  check_evaluation_options(options.run);
  const ModelManifest models(global.models);
  const ModelThreshold limit = threshold(models.entry(options.model), options.threshold);
  std::vector<GroupedImage> images;
  Report report;
  report.protocol = "demographics";
  report.title = "Differences between groups of people";
  report.record.push_back(program_record(global));
  std::string data = options.images;
  if (!options.images.empty()) {
    images = utkface_images(options.images);
    report.record.push_back({"Data",
                             {{"folder", options.images},
                              {"pictures", std::to_string(images.size())},
                              {"identities", "not known: every picture counts as of another person"}}});
  } else {
    const Dataset dataset = read_dataset(options.run.data.front());
    images = images_of(dataset);
    data = dataset.folder.string();
    report.record.push_back(dataset_record(dataset));
  }
  std::set<std::string> attributes;
  std::vector<TemplateFile> files;
  std::string fingerprint = data;
  for (const GroupedImage& image : images) {
    files.push_back({image.id, image.path});
    fingerprint += "\n" + image.id;
    for (const auto& [name, value] : image.groups) attributes.insert(name);
  }
  if (attributes.empty())
    throw Error(ErrorCode::InvalidArgument,
                data + ": expected bona fide samples with attributes (age, sex, race), got none");
  Journal journal(
      journal_of(options.run),
      fingerprint_of({"demographics", KYC_VERSION, models.entry(options.model).sha256, fingerprint}));
  const auto templates = templates_of({models, {}},
                                      options.model,
                                      files,
                                      8,
                                      jobs_of(global),
                                      journal,
                                      progress_bar("templates", "pictures", global));
  report.subtitle = data + ", " + options.model + " at threshold " + options.threshold + " = " +
                    number_text(limit.value) + " (" + limit.rate + "; " + limit.data + ")";
  for (const std::string& attribute : attributes)
    report.sections.push_back(
        section_of(report, attribute, group_errors(images, templates, attribute, limit.value)));
  if (options.run.data.empty())
    report.summary.push_back(
        {"The set does not say who is who: pictures of one person that are in it twice count as false "
         "matches, and there is no FNMR.",
         Tone::Doubt});
  std::string csv = "picture,identity,template";
  for (const std::string& attribute : attributes) csv += "," + csv_field(attribute);
  csv += "\n";
  for (std::size_t i = 0; i < images.size(); ++i) {
    csv += csv_field(images[i].id) + "," + csv_field(images[i].identity) + (templates[i] ? ",1" : ",0");
    for (const std::string& attribute : attributes) {
      const auto found = images[i].groups.find(attribute);
      csv += "," + (found == images[i].groups.end() ? "" : csv_field(found->second));
    }
    csv += "\n";
  }
  report.attachments.push_back({"scores/pictures.csv", "pictures with their groups", "", csv});
  report.record.push_back(model_record(models, {options.model}));
  journal.remove();
  return finish_evaluation(std::move(report), options.run, global);
}

}  // namespace

void add_evaluate_demographics(App& app, const GlobalOptions& global, Chosen& chosen) {
  App* command =
      noun(app, "evaluate", "Measure a system on data")
          ->add_subcommand("demographics",
                           "Does a recogniser err more with some groups of people than with others?");
  command->fallthrough();
  auto options = std::make_shared<EvaluateDemographicsFlags>();
  add_evaluation_options(*command, options->run);
  command->add_option("--images",
                      options->images,
                      "Instead of --data: folder of pictures named as UTKFace's, age_sex_race_...");
  command->add_option("--model", options->model, "Recogniser")->capture_default_str();
  command->add_option("--threshold", options->threshold, "Name of the recogniser's threshold")
      ->capture_default_str();
  command->callback([options, &global, &chosen] {
    if (options->run.data.empty() == options->images.empty())
      throw UsageError("expected --data FOLDER or --images FOLDER");
    chosen.run = [options, &global] { return run_evaluate_demographics(*options, global); };
  });
}

}  // namespace kyc::cli
