//===-- runtime/Progress.cpp - how training is going, in words ------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace mlc::runtime {

namespace {

std::string formatted(const char *format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Columns that a text takes: its bytes but for UTF-8 continuations.
int64_t width(const std::string &text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (c & 0xC0) != 0x80; });
}

std::string bar(double share, int64_t cells) {
  int64_t full = std::llround(share * static_cast<double>(cells));
  std::string text;
  for (int64_t i = 0; i < cells; ++i)
    text += i < full ? "━" : "─";
  return text;
}

double steadySeconds() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

std::string epochText(int64_t epoch, const TrainingState &state) {
  std::string all = std::to_string(state.epochs);
  std::string number = std::to_string(epoch);
  if (number.size() < all.size())
    number.insert(0, all.size() - number.size(), ' ');
  return "Epoch " + number + "/" + all;
}

} // namespace

std::string durationText(double seconds) {
  if (seconds < 10)
    return formatted("%.2f s", std::max(seconds, 0.0));
  if (seconds < 60)
    return formatted("%.1f s", seconds);
  int64_t whole = std::llround(seconds);
  char text[64];
  if (whole < 3600)
    std::snprintf(text, sizeof text, "%d min %02d s",
                  static_cast<int>(whole / 60), static_cast<int>(whole % 60));
  else
    std::snprintf(text, sizeof text, "%lld h %02d min",
                  static_cast<long long>(whole / 3600),
                  static_cast<int>(whole % 3600 / 60));
  return text;
}

std::string rateText(double rowsPerSecond) {
  if (rowsPerSecond < 1000)
    return formatted("%.0f rows/s", rowsPerSecond);
  if (rowsPerSecond < 1e6)
    return formatted("%.1fk rows/s", rowsPerSecond / 1e3);
  return formatted("%.2fM rows/s", rowsPerSecond / 1e6);
}

std::string metricsText(const Metrics &metrics) {
  std::string text;
  for (const Metric &metric : metrics)
    text +=
        (text.empty() ? "" : "  ") + metric.name + " " +
        formatted(std::fabs(metric.value) < 1e-3 && metric.value != 0 ? "%.4e"
                                                                      : "%.4f",
                  metric.value);
  return text;
}

ProgressBar::ProgressBar(std::ostream &out, Terminal where)
    : out(out), terminal(std::move(where)) {
  if (!terminal.clock)
    terminal.clock = steadySeconds;
}

Status ProgressBar::onEpochBegin(TrainingState &) {
  epochStart = lastDrawn = terminal.clock();
  return {};
}

Status ProgressBar::onBatchEnd(TrainingState &state) {
  constexpr double interval = 0.1;
  bool last = state.position.batch == state.batches;
  if (!terminal.interactive && !last)
    return {};
  double now = terminal.clock();
  if (last)
    trainSeconds = std::max(now - epochStart, 1e-9);
  if (!terminal.interactive || now - lastDrawn < interval)
    return {};
  return draw(state, now);
}

Status ProgressBar::draw(const TrainingState &state, double now) {
  auto metrics = state.session.metrics();
  if (!metrics)
    return metrics.takeError();
  int64_t batch = state.position.batch;
  double seconds = std::max(now - epochStart, 1e-9);
  double perBatch =
      seconds /
      static_cast<double>(std::max<int64_t>(batch - state.firstBatch, 1));
  double left = perBatch * static_cast<double>(state.batches - batch);
  std::string all = std::to_string(state.batches), done = std::to_string(batch);
  done.insert(0, all.size() - done.size(), ' ');
  std::string before = epochText(state.position.epoch + 1, state) + "  " +
                       done + "/" + all + " ";
  std::string after =
      (left < 60 ? formatted(" %.0f s", left) : " " + durationText(left)) +
      " left  " + rateText(static_cast<double>(state.rowsSeen) / seconds) +
      "  " + metricsText(*metrics);
  constexpr int64_t widest = 30, narrowest = 5;
  int64_t cells = std::clamp(
      terminal.columns - 1 - width(before) - width(after), narrowest, widest);
  double share =
      static_cast<double>(batch) / static_cast<double>(state.batches);
  show(before + bar(share, cells) + after, false);
  lastDrawn = now;
  drawn = true;
  return {};
}

/// One line; on a terminal over the bar that stands there, and no longer than
/// the terminal is wide as long as it will be drawn over again.
void ProgressBar::show(const std::string &line, bool last) {
  if (!terminal.interactive) {
    out << line << "\n" << std::flush;
    return;
  }
  std::string text = line;
  while (!last && width(text) >= terminal.columns && !text.empty())
    text.pop_back();
  out << "\r" << text << "\x1b[K" << (last ? "\n" : "") << std::flush;
}

Status ProgressBar::onEpochEnd(TrainingState &state, const Metrics &logs) {
  double seconds = terminal.clock() - epochStart;
  show(epochText(state.position.epoch, state) + "  " + durationText(seconds) +
           "  " + rateText(static_cast<double>(state.rowsSeen) / trainSeconds) +
           "  " + metricsText(logs),
       true);
  drawn = false;
  return {};
}

Status ProgressBar::onTrainEnd(TrainingState &state) {
  if (state.position.batch == 0)
    return {};
  auto metrics = state.session.metrics();
  if (!metrics)
    return metrics.takeError();
  show(epochText(state.position.epoch + 1, state) + "  stopped after " +
           std::to_string(state.position.batch) + " of " +
           std::to_string(state.batches) + " batches  " + metricsText(*metrics),
       true);
  drawn = false;
  return {};
}

ProgressBar::Terminal detectTerminal(int descriptor) {
  ProgressBar::Terminal terminal;
  const char *kind = std::getenv("TERM");
  terminal.interactive =
      isatty(descriptor) == 1 && !(kind && std::strcmp(kind, "dumb") == 0);
  winsize size;
  if (terminal.interactive && ioctl(descriptor, TIOCGWINSZ, &size) == 0 &&
      size.ws_col > 0)
    terminal.columns = size.ws_col;
  return terminal;
}

} // namespace mlc::runtime
