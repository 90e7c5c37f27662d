// The timeline of a challenge as a drawing: what was asked when, and what the face did.

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "kyc/verification/inquiry.h"
#include "kyc/verification/record.h"

namespace kyc {
namespace {

constexpr double kWidth = 960;
constexpr double kLeft = 66;
constexpr double kRight = 16;
constexpr double kTop = 56;
constexpr double kPanel = 104;
constexpr double kBetween = 36;
constexpr double kBottom = 40;
constexpr double kGapMs = 400;  // a line is not drawn over a longer time without a face

constexpr const char* kStyle =
    "svg{--bg:#fff;--ink:#1d2430;--soft:#5d6878;--grid:#dfe3ea;--good:#2e8b57;--bad:#c8372d;--line:#1f6fb2}"
    "@media(prefers-color-scheme:dark){svg{--bg:#14181f;--ink:#e8ebf0;--soft:#9aa5b5;--grid:#2c3440;--good:#"
    "4fbf83;"
    "--bad:#ef6a5f;--line:#69b1ea}}"
    "text{font:13px 'DejaVu Sans',Arial,sans-serif;fill:var(--ink)}.s{fill:var(--soft)}.b{font-weight:bold}"
    ".pass{fill:var(--good)}.fail{fill:var(--bad)}rect.pass,rect.fail{opacity:.16}"
    ".grid{stroke:var(--grid)}.l{stroke:var(--line);stroke-width:1.8;fill:none;stroke-linejoin:round}"
    ".d{fill:var(--line)}.limit{stroke:var(--soft);stroke-dasharray:4 4}"
    ".seen{stroke:var(--good);stroke-width:2}";

struct Panel {
  const char* title;
  const char* unit;
  double least;
  double most;
  std::vector<double> ticks;
  std::function<double(const ChallengeFace&)> value;
};

std::string coordinate(double value) {
  return number(value, 1);
}

std::string text(double x, double y, const std::string& words, const char* anchor, const char* css = "") {
  return "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + anchor +
         "\" class=\"" + css + "\">" + words + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* css) {
  return "<line x1=\"" + coordinate(x1) + "\" y1=\"" + coordinate(y1) + "\" x2=\"" + coordinate(x2) +
         "\" y2=\"" + coordinate(y2) + "\" class=\"" + css + "\"/>\n";
}

// Wide enough for all values, at least `half` to both sides of the middle; ticks in round steps.
Panel angle_panel(const ChallengeAnalysis& analysis,
                  const char* title,
                  double middle,
                  double half,
                  const std::function<double(const ChallengeFace&)>& value) {
  for (const ChallengeObservation& each : analysis.timeline)
    if (each.face) half = std::max(half, std::min(90.0, std::abs(value(*each.face) - middle) + 3));
  const double step = half > 40 ? 30 : half > 20 ? 15 : 10;
  Panel panel{title, "deg", middle - half, middle + half, {}, value};
  for (double tick = std::ceil(panel.least / step) * step; tick <= panel.most; tick += step)
    panel.ticks.push_back(tick);
  return panel;
}

class Drawing {
 public:
  explicit Drawing(const ChallengeAnalysis& analysis) : analysis_(analysis) {
    end_ms_ = static_cast<double>(analysis.challenge.length_ms);
    if (!analysis.timeline.empty()) end_ms_ = std::max(end_ms_, analysis.timeline.back().at_ms);
  }

  std::string draw() {
    const NeutralLook neutral = analysis_.judgement.neutral.value_or(NeutralLook{});
    const std::array<Panel, 4> panels{
        angle_panel(
            analysis_, "turn", neutral.yaw, 20, [](const ChallengeFace& f) { return double{f.pose.yaw}; }),
        angle_panel(
            analysis_, "nod", neutral.pitch, 15, [](const ChallengeFace& f) { return double{f.pose.pitch}; }),
        Panel{"eyes open", "", 0, 1, {0, 0.5, 1}, [](const ChallengeFace& f) { return f.eyes_open; }},
        Panel{"mouth open", "", 0, mouth_top(), {0, 0.25, 0.5, 0.75, 1}, [](const ChallengeFace& f) {
                return f.mouth_open;
              }}};
    const double height = kTop + 4 * kPanel + 3 * kBetween + kBottom;
    std::string out =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + coordinate(kWidth) + " " +
        coordinate(height) +
        "\" role=\"img\" aria-label=\"What was asked and what the face did, over time\">\n<style>" + kStyle +
        "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"var(--bg)\"/>\n";
    out += bands(height - kBottom);
    double y = kTop;
    for (const Panel& panel : panels) {
      out += draw_panel(panel, y);
      y += kPanel + kBetween;
    }
    return out + seconds(height - kBottom) + "</svg>\n";
  }

 private:
  double x_of(double ms) const { return kLeft + ms / end_ms_ * (kWidth - kLeft - kRight); }

  double mouth_top() const {
    double top = 0.5;
    for (const ChallengeObservation& each : analysis_.timeline)
      if (each.face) top = std::max(top, std::min(each.face->mouth_open * 1.05, 1.5));
    return top;
  }

  std::string bands(double bottom) const {
    std::string out;
    for (std::size_t i = 0; i < analysis_.challenge.prompts.size(); ++i) {
      const ChallengePrompt& prompt = analysis_.challenge.prompts[i];
      const bool passed = i < analysis_.judgement.prompts.size() && analysis_.judgement.prompts[i].passed();
      const char* css = passed ? "pass" : "fail";
      const double from = x_of(static_cast<double>(prompt.from_ms));
      const double until = x_of(static_cast<double>(prompt.until_ms));
      out += "<rect x=\"" + coordinate(from) + "\" y=\"" + coordinate(kTop) + "\" width=\"" +
             coordinate(until - from) + "\" height=\"" + coordinate(bottom - kTop) + "\" class=\"" + css +
             "\"/>\n";
      std::string name(to_string(prompt.action));
      std::replace(name.begin(), name.end(), '_', ' ');
      out += text((from + until) / 2, kTop - 28, name, "middle", "b");
      std::string verdict = "passed";
      if (!passed) {
        verdict = i < analysis_.judgement.prompts.size()
                      ? std::string(to_string(*analysis_.judgement.prompts[i].fault))
                      : "not judged";
        std::replace(verdict.begin(), verdict.end(), '_', ' ');
      }
      out += text((from + until) / 2, kTop - 10, verdict, "middle", css);
      if (i < analysis_.judgement.prompts.size() && analysis_.judgement.prompts[i].seen_at_ms) {
        const double seen = x_of(*analysis_.judgement.prompts[i].seen_at_ms);
        out += line(seen, kTop, seen, bottom, "seen");
      }
    }
    return out;
  }

  std::string draw_panel(const Panel& panel, double top) const {
    const auto y_of = [&](double value) {
      return top +
             kPanel * (panel.most - std::clamp(value, panel.least, panel.most)) / (panel.most - panel.least);
    };
    std::string out;
    for (const double tick : panel.ticks) {
      if (tick < panel.least || tick > panel.most) continue;
      out += line(kLeft, y_of(tick), kWidth - kRight, y_of(tick), "grid");
      out += text(kLeft - 6, y_of(tick) + 4, number(tick + 0.0, panel.most > 2 ? 0 : 2), "end", "s");
    }
    out += text(14,
                top - 14,
                std::string(panel.title) + (*panel.unit == '\0' ? "" : std::string(", ") + panel.unit),
                "start",
                "b");
    std::string d;
    double last = -kGapMs;
    for (const ChallengeObservation& each : analysis_.timeline) {
      if (!each.face) continue;
      d += (d.empty() || each.at_ms - last > kGapMs ? "M" : "L") + coordinate(x_of(each.at_ms)) + " " +
           coordinate(y_of(panel.value(*each.face)));
      last = each.at_ms;
    }
    return out + "<path class=\"l\" d=\"" + d + "\"/>\n";
  }

  std::string seconds(double bottom) const {
    std::string out;
    const int step = end_ms_ > 40'000 ? 10 : end_ms_ > 12'000 ? 2 : 1;
    for (int s = 0; s * 1000.0 <= end_ms_; s += step)
      out += text(x_of(s * 1000.0), bottom + 18, std::to_string(s), "middle", "s");
    return out + text(kWidth - kRight, bottom + 34, "seconds", "end", "s");
  }

  const ChallengeAnalysis& analysis_;
  double end_ms_ = 1;
};

}  // namespace

std::string timeline_svg(const ChallengeAnalysis& challenge) {
  return Drawing(challenge).draw();
}

}  // namespace kyc
