//===-- Header.cpp - the C header of a compiled model ---------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/ModelInterface.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <set>

using llvm::StringRef;

namespace mlc::codegen {
namespace {

std::string cName(StringRef name) {
  std::string result;
  for (char c : name)
    result += llvm::isAlnum(c) ? c : '_';
  return result.empty() || llvm::isDigit(result[0]) ? "_" + result : result;
}

/// What no parameter may be called: C's and C++'s words, and the names that the
/// functions use.
std::set<std::string> reservedNames() {
  constexpr StringRef words =
      "state workspace rows inputs outputs int32_t int64_t uint8_t uint64_t "
      "mlc_status NULL alignas alignof and and_eq asm auto bitand bitor "
      "bool break case catch char char16_t char32_t char8_t class co_await "
      "co_return co_yield compl concept const const_cast consteval "
      "constexpr constinit continue decltype default delete do double "
      "dynamic_cast else enum explicit export extern false float for friend "
      "goto if inline int long mutable namespace new noexcept not not_eq "
      "nullptr operator or or_eq private protected public register "
      "reinterpret_cast requires restrict return short signed sizeof static "
      "static_assert static_cast struct switch template this thread_local "
      "throw true try typedef typeid typename typeof union unsigned using "
      "virtual void volatile wchar_t while xor xor_eq";
  llvm::SmallVector<StringRef> names;
  words.split(names, ' ');
  return {names.begin(), names.end()};
}

const char *cType(mlc_dtype dtype) {
  switch (dtype) {
  case MLC_F32:
    return "float";
  case MLC_F64:
    return "double";
  case MLC_I32:
    return "int32_t";
  case MLC_I64:
    return "int64_t";
  case MLC_U8:
    return "uint8_t";
  }
  return "void";
}

std::string shapeText(const TensorInterface &tensor) {
  std::vector<std::string> sizes;
  for (int64_t size : tensor.shape)
    sizes.push_back(std::to_string(size));
  return "[" + llvm::join(sizes, ", ") + "]";
}

class HeaderWriter {
public:
  explicit HeaderWriter(const ModelInterface &model)
      : model(model), id(model.identifier()), macro(StringRef(id).upper()),
        os(text) {}

  std::string write() {
    writeOpening();
    writeParameters();
    for (const FunctionInterface &function : model.functions)
      writeFunction(function);
    os << "\n#ifdef __cplusplus\n}\n#endif\n#endif /* " << macro
       << "_MODEL_H */\n";
    return text;
  }

private:
  void writeOpening() {
    int64_t workspace = 0;
    for (const FunctionInterface &function : model.functions)
      workspace = std::max(workspace, function.workspaceBytes());
    os << "/* " << model.name << ": made by " << compilerName()
       << "; do not edit.\n"
       << " *\n"
       << " * Memory is the caller's: a state block (parameters, optimizer, "
          "step), a workspace\n"
       << " * in which no call keeps anything, and a metrics block (zero it to "
          "start an epoch),\n"
       << " * each aligned to MLC_ALIGNMENT. `rows`, in [1, " << macro
       << "_BATCH], is how many rows of\n"
       << " * the batch are present: no others are read or written.\n"
       << " * Functions return MLC_OK, or what was wrong: see mlc/model.h. */\n"
       << "#ifndef " << macro << "_MODEL_H\n#define " << macro << "_MODEL_H\n\n"
       << "#include \"mlc/model.h\"\n\n#ifdef __cplusplus\nextern \"C\" "
          "{\n#endif\n\n"
       << "extern const mlc_model " << model.symbol() << ";\n\n";
    auto define = [&](StringRef name, int64_t value) {
      os << "#define " << macro << "_" << name << " " << value << "\n";
    };
    define("BATCH", model.batch);
    define("STATE_BYTES", model.stateBytes);
    define("WORKSPACE_BYTES", workspace);
    define("METRICS_BYTES", model.metricsBytes);
  }

  void writeParameters() {
    os << "\n/* The state block, by byte offset:\n";
    for (const TensorInterface &tensor : model.state)
      os << llvm::formatv(" *   {0,10}  {1,-32} {2} {3}\n", tensor.offset,
                          tensor.name, cType(tensor.dtype), shapeText(tensor));
    os << " */\n";
  }

  /// A name for each argument, no two alike: an output and its target share
  /// one.
  std::string unique(StringRef name, const char *suffix) {
    std::string result = cName(name) + suffix;
    while (!names.insert(result).second)
      result += "_";
    return result;
  }

  struct Argument {
    std::string declaration, name;
  };

  Argument argumentOf(const TensorInterface &tensor, bool isInput) {
    if (tensor.role == MLC_METRIC)
      return pointer(isInput, "double", unique("metrics", ""));
    if (tensor.role == MLC_SEED)
      return {"uint64_t seed", "&seed"};
    const char *suffix = tensor.role == MLC_TARGET     ? "_target"
                         : tensor.role == MLC_GRADIENT ? "_gradient"
                                                       : "";
    return pointer(isInput, cType(tensor.dtype), unique(tensor.name, suffix));
  }

  static Argument pointer(bool isInput, const char *type,
                          const std::string &name) {
    return {std::string(isInput ? "const " : "") + type + " *" + name, name};
  }

  void writeFunction(const FunctionInterface &function) {
    names = reservedNames();
    names.insert(model.symbol());
    bool takesRows = false, needsState = function.name != "metrics";
    std::vector<std::string> parameters, inputs, outputs;
    if (needsState)
      parameters.push_back(writesState(function) ? "void *state"
                                                 : "const void *state");
    if (takesWorkspace(function))
      parameters.push_back("void *workspace");
    std::vector<std::string> comments;
    for (const TensorInterface &tensor : function.inputs) {
      Argument argument = argumentOf(tensor, true);
      parameters.push_back(argument.declaration);
      inputs.push_back(argument.name);
      takesRows |= tensor.isBatched() && !function.hasOwnBatch;
      comments.push_back(describe(tensor, argument));
    }
    if (takesRows)
      parameters.push_back("int64_t rows");
    for (const TensorInterface &tensor : function.outputs) {
      Argument argument = argumentOf(tensor, false);
      parameters.push_back(argument.declaration);
      outputs.push_back(argument.name);
      comments.push_back(describe(tensor, argument));
    }
    os << "\n/** " << summary(function.name) << "\n";
    for (const std::string &comment : comments)
      os << " *    " << comment << "\n";
    os << " */\nstatic inline mlc_status " << id << "_" << function.name << "("
       << llvm::join(parameters, ", ") << ") {\n";
    std::string rows = takesRows              ? "rows"
                       : function.hasOwnBatch ? std::to_string(function.batch)
                                              : "1";
    writeBody(function, inputs, outputs, rows, needsState);
  }

  static std::string describe(const TensorInterface &tensor,
                              const Argument &argument) {
    std::string text =
        argument.name + ": " + cType(tensor.dtype) + " " + shapeText(tensor);
    if (tensor.role == MLC_SEED)
      return "seed: any number; the same gives the same parameters";
    if (tensor.range > 0)
      text += ", each in [0, " + std::to_string(tensor.range) + ")";
    if (tensor.ignored != 0)
      text += " or " + std::to_string(tensor.ignored);
    if (tensor.role == MLC_LOSS)
      text += ": mean over the rows";
    if (tensor.role == MLC_METRIC)
      text += ": running sums";
    return text;
  }

  static const char *summary(StringRef name) {
    if (name == "init")
      return "Fills the state: initial parameters, the rest zero.";
    if (name == "predict")
      return "Computes the outputs.";
    if (name == "train_step")
      return "One step: forward, loss, gradients, update of the state.";
    if (name == "evaluate_step")
      return "Loss and metrics, without training.";
    if (name == "generate_step")
      return "Scores of what follows an id of one sequence, given those at the "
             "positions before,\n *  which the state remembers: call it for "
             "positions 0, 1, 2 ... in turn.";
    if (name == "metrics")
      return "Turns the running sums into the metrics of the epoch.";
    return "The gradient of the loss by each parameter.";
  }

  static bool writesState(const FunctionInterface &function) {
    return function.name == "init" || function.name == "train_step" ||
           function.name == "generate_step";
  }

  /// Most models are initialized without, so that init has the parameter where
  /// it needs it only.
  static bool takesWorkspace(const FunctionInterface &function) {
    if (function.name == "init")
      return function.workspaceBytes() > 0;
    return function.name != "metrics";
  }

  void writeArray(StringRef type, StringRef name,
                  const std::vector<std::string> &values) {
    os << "  " << type << " " << name << "[] = {"
       << (values.empty() ? "0" : llvm::join(values, ", ")) << "};\n";
  }

  void writeBody(const FunctionInterface &function,
                 const std::vector<std::string> &inputs,
                 const std::vector<std::string> &outputs,
                 const std::string &rows, bool needsState) {
    size_t index = &function - model.functions.data();
    writeArray("const void *const", "inputs", inputs);
    writeArray("void *const", "outputs", outputs);
    std::string state = !needsState             ? "0"
                        : writesState(function) ? "state"
                                                : "(void *)state";
    std::string workspace = takesWorkspace(function) ? "workspace" : "0";
    os << "  return " << model.symbol() << ".functions[" << index << "].call("
       << state << ", " << workspace << ", inputs, outputs, " << rows
       << ");\n}\n";
  }

  const ModelInterface &model;
  std::string id, macro, text;
  llvm::raw_string_ostream os;
  std::set<std::string> names;
};

} // namespace

std::string makeHeader(const ModelInterface &model) {
  return HeaderWriter(model).write();
}

} // namespace mlc::codegen
