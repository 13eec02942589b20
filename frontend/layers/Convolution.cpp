//===-- Convolution.cpp - layers that move a filter over their input ------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "frontend/layers/Families.h"
#include "frontend/layers/Inference.h"
#include "frontend/layers/KernelWindow.h"

#include <algorithm>

using namespace mlc::frontend;

namespace {

/// Sizes of a window: far from where their products overflow.
constexpr Range kWindow = {1, 32767, false, false};

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// The layer's input, taken apart.
struct Image {
  Shape spatial;
  int64_t channels;
};

std::optional<Image> readImage(LayerInference &layer, size_t axes) {
  if (!layer.expectInputs(DType::F32))
    return std::nullopt;
  if (!expectSpatial(layer, axes))
    return std::nullopt;
  for (const char *option : {"kernel_size", "strides", "dilation_rate"})
    if (!layer.checkPerAxis(option, axes))
      return std::nullopt;
  Shape shape = layer.inputs[0].shape;
  int64_t channels = shape.back();
  shape.pop_back();
  return Image{shape, channels};
}

bool isAnyAboveOne(const Shape &sizes) {
  return std::any_of(sizes.begin(), sizes.end(),
                     [](int64_t size) { return size > 1; });
}

/// Keras has no meaning for strides together with dilation.
bool checkStrides(LayerInference &layer, size_t axes) {
  const Component &options = layer.options;
  if (!isAnyAboveOne(options.perAxis("strides", axes)) ||
      !isAnyAboveOne(options.perAxis("dilation_rate", axes)))
    return true;
  layer.fail("strides and dilation_rate cannot both be above 1", "strides");
  return false;
}

/// Where the kernel looks; fails if that is nowhere.
std::optional<KernelWindow> fitKernel(LayerInference &layer,
                                      const Image &image) {
  KernelWindow window = getConvolutionWindow(layer.options, image.spatial);
  for (size_t i = 0; i < image.spatial.size(); ++i)
    if (window.output[i] < 1) {
      int64_t reach = (window.kernel[i] - 1) * window.dilations[i] + 1;
      layer.fail("a kernel that covers " + std::to_string(reach) +
                     " does not fit into axis " + std::to_string(i + 1) +
                     " of " + layer.inputTexts[0] +
                     "; padding \"same\" lets it look beyond",
                 "kernel_size");
      return std::nullopt;
    }
  return window;
}

/// Adds the bias, and the result of `spatial` places and `filters`.
void finish(LayerInference &layer, Shape spatial, int64_t filters) {
  if (layer.options.flag("use_bias"))
    layer.variables.push_back(makeVariable("bias", {filters}, layer.options));
  spatial.push_back(filters);
  if (layer.checkActivation("activation", spatial))
    layer.results = {{spatial, DType::F32}};
}

Variable makeKernel(Shape window, int64_t in, int64_t out,
                    const std::string &prefix, const std::string &name,
                    const Component &options) {
  window.insert(window.end(), {in, out});
  Variable kernel = makeVariable(prefix, window, options);
  kernel.name = name;
  return kernel;
}

bool checkGroups(LayerInference &layer, const Image &image) {
  int64_t groups = layer.options.integer("groups");
  int64_t filters = layer.options.integer("filters");
  std::string into = " cannot be shared out into " + counted(groups, "group");
  if (image.channels % groups != 0)
    layer.fail("the channels of " + layer.inputTexts[0] + into, "groups");
  else if (filters % groups != 0)
    layer.fail(std::to_string(filters) + " filters" + into, "groups");
  else
    return true;
  return false;
}

template <size_t axes> void inferConv(LayerInference &layer) {
  std::optional<Image> image = readImage(layer, axes);
  if (!image || !checkGroups(layer, *image) || !checkStrides(layer, axes))
    return;
  std::optional<KernelWindow> window = fitKernel(layer, *image);
  if (!window)
    return;
  int64_t filters = layer.options.integer("filters");
  layer.variables.push_back(makeKernel(
      window->kernel, image->channels / layer.options.integer("groups"),
      filters, "kernel", "kernel", layer.options));
  finish(layer, window->output, filters);
}

template <size_t axes> void inferDepthwise(LayerInference &layer) {
  std::optional<Image> image = readImage(layer, axes);
  if (!image)
    return;
  std::optional<KernelWindow> window = fitKernel(layer, *image);
  if (!window)
    return;
  int64_t multiplier = layer.options.integer("depth_multiplier");
  layer.variables.push_back(makeKernel(window->kernel, image->channels,
                                       multiplier, "depthwise", "kernel",
                                       layer.options));
  finish(layer, window->output, image->channels * multiplier);
}

template <size_t axes> void inferSeparable(LayerInference &layer) {
  std::optional<Image> image = readImage(layer, axes);
  if (!image)
    return;
  std::optional<KernelWindow> window = fitKernel(layer, *image);
  if (!window)
    return;
  int64_t multiplier = layer.options.integer("depth_multiplier");
  int64_t filters = layer.options.integer("filters");
  layer.variables.push_back(makeKernel(window->kernel, image->channels,
                                       multiplier, "depthwise",
                                       "depthwise_kernel", layer.options));
  layer.variables.push_back(
      makeKernel(Shape(axes, 1), image->channels * multiplier, filters,
                 "pointwise", "pointwise_kernel", layer.options));
  finish(layer, window->output, filters);
}

/// Keras has places for at most a stride beyond the last window.
bool checkOutputPadding(LayerInference &layer, size_t axes) {
  if (!layer.options.has("output_padding"))
    return true;
  if (!layer.checkPerAxis("output_padding", axes))
    return false;
  Shape beyond = layer.options.perAxis("output_padding", axes);
  Shape strides = layer.options.perAxis("strides", axes);
  for (size_t i = 0; i < axes; ++i)
    if (beyond[i] >= strides[i]) {
      layer.fail("\"output_padding\" must be less than the stride, " +
                     std::to_string(strides[i]) + ", found " +
                     std::to_string(beyond[i]),
                 "output_padding");
      return false;
    }
  return true;
}

template <size_t axes> void inferTransposed(LayerInference &layer) {
  std::optional<Image> image = readImage(layer, axes);
  if (!image || !checkStrides(layer, axes) || !checkOutputPadding(layer, axes))
    return;
  KernelWindow window = getTransposedWindow(layer.options, image->spatial);
  for (int64_t size : window.output)
    if (size < 1)
      return layer.fail("nothing is left of " + layer.inputTexts[0] +
                            " with this output_padding",
                        "output_padding");
  int64_t filters = layer.options.integer("filters");
  layer.variables.push_back(makeKernel(window.kernel, filters, image->channels,
                                       "kernel", "kernel", layer.options));
  finish(layer, window.output, filters);
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

using Options = std::vector<OptionRule>;

Options filterOptions() {
  return {
      {"filters", OptionKind::Integer, "", "Channels of the result.", kCount}};
}

Options groupOptions() {
  return {{"groups", OptionKind::Integer, "1",
           "Parts of the channels, each with its part of the filters.",
           kCount}};
}

Options multiplierOptions() {
  return {{"depth_multiplier", OptionKind::Integer, "1",
           "Filters for each channel.", kCount}};
}

Options outputOptions() {
  return {{"output_padding",
           OptionKind::IntegerOrIntegers,
           "null",
           "Places beyond the last window, less than the stride.",
           {0, kWindow.high, false, false}}};
}

/// Where the kernel goes.
Options windowOptions(std::vector<std::string> paddings) {
  return {{"kernel_size", OptionKind::IntegerOrIntegers, "",
           "Size of the kernel.", kWindow},
          {"strides", OptionKind::IntegerOrIntegers, "1",
           "Steps from window to window.", kWindow},
          {"padding", OptionKind::Choice, "\"valid\"",
           "What of the input's border windows may reach beyond.", kAnyNumber,
           std::move(paddings)},
          channelsLastOption(),
          {"dilation_rate", OptionKind::IntegerOrIntegers, "1",
           "Steps between the kernel's elements.", kWindow}};
}

/// What follows the product, and initializers and regularizers of weights with
/// these prefixes.
Options weightOptions(std::vector<std::string> prefixes) {
  Options options = {
      {"activation", OptionKind::Activation, "null", "Applied to the result."},
      {"use_bias", OptionKind::Flag, "true", "Whether to add a bias."}};
  prefixes.push_back("bias");
  auto describe = [](const std::string &prefix) {
    bool isPlain = prefix == "kernel" || prefix == "bias";
    return "the " + prefix + (isPlain ? "" : " kernel");
  };
  for (const std::string &prefix : prefixes)
    options.push_back({prefix + "_initializer", OptionKind::Initializer,
                       prefix == "bias" ? "\"zeros\"" : "\"glorot_uniform\"",
                       "First values of " + describe(prefix) + "."});
  for (const std::string &prefix : prefixes)
    options.push_back(
        {prefix + "_regularizer", OptionKind::Regularizer, "null",
         "Penalty on " + describe(prefix) + ", added to the loss."});
  return options;
}

Options join(std::vector<Options> parts) {
  Options options;
  for (Options &part : parts)
    options.insert(options.end(), part.begin(), part.end());
  return options;
}

/// A layer moved "along an axis" or "over two axes".
struct Kind {
  size_t axes;
  void (*infer)(LayerInference &);

  std::string over() const {
    return axes == 1 ? "along an axis" : "over two axes";
  }
  /// `before`1D`after`, and the longer name that Keras also has.
  LayerRule make(const std::string &before, const std::string &after,
                 std::string description, std::vector<Options> options,
                 bool hasAlias = true) const {
    std::string suffix = std::to_string(axes) + "D" + after;
    std::vector<std::string> aliases;
    if (hasAlias)
      aliases.push_back(before + "olution" + suffix);
    return {{before + suffix, aliases, std::move(description),
             join(std::move(options))},
            1,
            1,
            infer};
  }
};

LayerRule conv(Kind kind) {
  std::vector<std::string> paddings = {"valid", "same"};
  if (kind.axes == 1)
    paddings.push_back("causal");
  return kind.make("Conv", "",
                   "Products of filters with each window " + kind.over() +
                       ", plus a bias.",
                   {filterOptions(), windowOptions(paddings), groupOptions(),
                    weightOptions({"kernel"})});
}

LayerRule depthwise(Kind kind) {
  return kind.make("DepthwiseConv", "",
                   "Filters of each channel's own moved " + kind.over() +
                       ", plus a bias.",
                   {windowOptions({"valid", "same"}), multiplierOptions(),
                    weightOptions({"depthwise"})},
                   /*hasAlias=*/false);
}

LayerRule separable(Kind kind) {
  return kind.make("SeparableConv", "",
                   "Filters of each channel's own moved " + kind.over() +
                       ", then a product over the channels, plus a bias.",
                   {filterOptions(), windowOptions({"valid", "same"}),
                    multiplierOptions(),
                    weightOptions({"depthwise", "pointwise"})});
}

LayerRule transposed(Kind kind) {
  return kind.make(
      "Conv", "Transpose",
      "The transpose of a convolution " + kind.over() +
          ": each place adds its multiple of the filters to a window.",
      {filterOptions(), windowOptions({"valid", "same"}), outputOptions(),
       weightOptions({"kernel"})});
}

} // namespace

std::vector<LayerRule> mlc::frontend::convolutionLayers() {
  return {
      conv({1, inferConv<1>}),
      conv({2, inferConv<2>}),
      depthwise({1, inferDepthwise<1>}),
      depthwise({2, inferDepthwise<2>}),
      separable({1, inferSeparable<1>}),
      separable({2, inferSeparable<2>}),
      transposed({1, inferTransposed<1>}),
      transposed({2, inferTransposed<2>}),
  };
}
