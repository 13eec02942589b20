//===-- tools/Generate.cpp - mlc generate ---------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Vocabulary.h"
#include "mlc/threads.h"
#include "runtime/Generation.h"
#include "runtime/Sampling.h"
#include "tools/Commands.h"
#include "tools/ModelData.h"
#include "tools/Options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <memory>
#include <sstream>

namespace mlc::tools {

namespace {

struct GenerateOptions {
  std::string model, weights, prompt;
  int64_t length = 200, threads = 1;
  uint64_t seed = 0;
  runtime::SamplingOptions sampling;
};

/// Between what people read and write, and ids: texts of a vocabulary, or
/// numbers.
class Translator {
public:
  explicit Translator(std::optional<frontend::Vocabulary> vocabulary)
      : vocabulary(std::move(vocabulary)) {}

  std::optional<std::vector<int32_t>> read(const std::string &prompt) const {
    return vocabulary ? readText(prompt) : readNumbers(prompt);
  }

  void write(std::ostream &out, int32_t id) const {
    if (vocabulary)
      out << vocabulary->text(id);
    else
      out << id << ' ';
    out << std::flush;
  }

private:
  std::optional<std::vector<int32_t>>
  readText(const std::string &prompt) const {
    size_t bad = 0;
    auto ids = vocabulary->encode(prompt, bad);
    if (!ids)
      reportError("the vocabulary has no text for what begins at byte " +
                  std::to_string(bad) + " of the prompt: \"" +
                  prompt.substr(bad) + "\"");
    return ids;
  }

  static std::optional<std::vector<int32_t>>
  readNumbers(const std::string &prompt) {
    std::vector<int32_t> ids;
    std::istringstream words(prompt);
    for (std::string word; words >> word;) {
      int32_t id = 0;
      const char *last = word.data() + word.size();
      auto [end, code] = std::from_chars(word.data(), last, id);
      if (code != std::errc() || end != last) {
        reportError("expected ids as the prompt, found \"" + word +
                    "\"; to write text, let \"data\" of the model name a "
                    "\"vocabulary\"");
        return std::nullopt;
      }
      ids.push_back(id);
    }
    return ids;
  }

  std::optional<frontend::Vocabulary> vocabulary;
};

/// Ids are drawn by their probability, so the output must be scores of ids.
bool checkScores(const frontend::Output &output) {
  if (outputKind(output) != runtime::OutputKind::Values)
    return true;
  frontend::Diagnostics diagnostics;
  diagnostics.error(output.location,
                    "nothing says whether \"" + output.name +
                        "\" is logits or probabilities of ids: train it by "
                        "\"sparse_categorical_crossentropy\"");
  diagnostics.print(std::cerr);
  return false;
}

std::optional<Translator> makeTranslator(const frontend::Model &model) {
  if (!model.vocabulary)
    return Translator(std::nullopt);
  frontend::Diagnostics diagnostics;
  auto vocabulary = frontend::readVocabulary(
      *model.vocabulary, size_t(model.outputs[0].type.shape.back()),
      diagnostics);
  diagnostics.print(std::cerr);
  if (!vocabulary)
    return std::nullopt;
  return Translator(std::move(vocabulary));
}

/// Takes in the prompt, then draws, writes and takes in one id after another.
runtime::Status generate(const GenerateOptions &options,
                         runtime::OutputKind kind,
                         const std::vector<int32_t> &prompt,
                         const Translator &translator,
                         runtime::Session &session) {
  auto generator = runtime::Generator::create(session);
  if (!generator)
    return generator.takeError();
  const std::vector<float> *scores = nullptr;
  auto append = [&](int32_t id) -> runtime::Status {
    auto next = generator->append(id);
    if (!next)
      return next.takeError();
    scores = *next;
    return {};
  };
  for (int32_t id : prompt)
    if (auto done = append(id); !done)
      return done;
  for (int32_t id : prompt)
    translator.write(std::cout, id);
  runtime::Sampler sampler(options.sampling, options.seed);
  for (int64_t i = 0; i < options.length; ++i) {
    auto id = sampler.draw(*scores, kind);
    if (!id)
      return id.takeError();
    translator.write(std::cout, *id);
    if (i + 1 == options.length)
      break;
    if (auto done = append(*id); !done)
      return done;
  }
  std::cout << '\n';
  return {};
}

int run(const GenerateOptions &options) {
  mlc_set_num_threads(options.threads);
  LoadOptions loading{options.threads};
  loading.training = false;
  loading.generateFunction = true;
  auto model = loadModel(options.model, loading);
  if (!model || !checkScores(model->description.outputs[0]))
    return 1;
  auto translator = makeTranslator(model->description);
  if (!translator)
    return 1;
  auto prompt = translator->read(options.prompt);
  if (!prompt)
    return 1;
  if (prompt->empty())
    return reportError("the prompt is empty: what should the text begin with?");
  auto session = openTrained(*model, options.weights);
  if (!session)
    return 1;
  auto done = generate(options, outputKind(model->description.outputs[0]),
                       *prompt, *translator, *session);
  return done ? 0 : reportError(done.error());
}

} // namespace

void addGenerateCommand(CLI::App &mlc, int &exitStatus) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App *command = mlc.add_subcommand(
      "generate", "Continue a text with a trained model of sequences");
  command->add_option("model", options->model, "The model file")
      ->required()
      ->type_name("MODEL.json");
  command->add_option("--weights", options->weights, "The trained weights")
      ->required()
      ->type_name("FILE.safetensors");
  command
      ->add_option("--prompt", options->prompt,
                   "What to begin with: text if \"data\" of the model names a "
                   "\"vocabulary\", else ids")
      ->required()
      ->type_name("TEXT");
  command
      ->add_option("--length", options->length,
                   "How many ids to add: characters, if each is one")
      ->check(positiveInteger())
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--temperature", options->sampling.temperature,
                   "Below 1: rather the likely; 0: always the likeliest; above "
                   "1: more of the unlikely")
      ->check(CLI::Range(0.0, 1000.0))
      ->type_name("T")
      ->capture_default_str();
  command
      ->add_option("--top-k", options->sampling.topK,
                   "Draw from that many of the likeliest only")
      ->check(positiveInteger())
      ->type_name("K");
  command
      ->add_option("--top-p", options->sampling.topP,
                   "Draw from the likeliest that have this probability "
                   "together only")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("P");
  command
      ->add_option("--seed", options->seed, "Another number draws another text")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--threads", options->threads, "Use at most that many")
      ->check(positiveInteger())
      ->type_name("N")
      ->capture_default_str();
  command->footer("\nExamples:\n"
                  "  mlc generate model.json --weights weights.safetensors "
                  "--prompt 'Once upon'\n"
                  "  mlc generate model.json --weights weights.safetensors "
                  "--prompt '3 17 4' --temperature 0");
  command->callback([options, &exitStatus] { exitStatus = run(*options); });
}

} // namespace mlc::tools
