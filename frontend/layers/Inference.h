//===-- Inference.h - what rules of layers share -----------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LAYERS_INFERENCE_H
#define MLC_FRONTEND_LAYERS_INFERENCE_H

#include "frontend/Tables.h"

namespace mlc::frontend {

constexpr size_t kAnyNumberOfInputs = std::numeric_limits<size_t>::max();

/// Whether there is an option of that name, and it isn't null.
bool isSet(const Component &options, std::string_view name);

/// The variable `name` of a layer, by the options NAME_initializer and
/// NAME_regularizer (if the layer has that one). `prefix` stands for NAME where
/// it isn't the variable's.
Variable makeVariable(std::string name, Shape shape, const Component &options,
                      std::string prefix = {});

/// `axes` of the first input, the batch being 0, counted from the front and
/// sorted. Fails at `option`, and is empty, if one isn't there, is the batch's
/// or is given twice.
std::vector<int64_t> resolveAxes(LayerInference &layer, std::string_view option,
                                 const std::vector<int64_t> &axes);
/// The axis that `option` names; 0 if that failed.
int64_t resolveAxis(LayerInference &layer, std::string_view option);

/// Fails unless the first input has `rank` axes beside the batch.
bool expectRank(LayerInference &layer, size_t rank);

/// Whether channels are the last axis or the first behind the batch.
OptionRule dataFormatOption();
bool isChannelsFirst(const Component &options);
/// The first of the axes in space, the batch being 0.
int64_t firstSpatialAxis(const Component &options);

/// The numbers before and behind each of `axes` axes that an option of kind
/// Margins gives; fails there, and is empty, if it gives those of other axes.
std::vector<std::pair<int64_t, int64_t>>
getMargins(LayerInference &layer, std::string_view option, size_t axes);
/// The same from a checked option; empty if it gives those of other axes.
std::vector<std::pair<int64_t, int64_t>>
readMargins(const Component &options, std::string_view option, size_t axes);

/// The option of layers for which there is one order of axes only.
OptionRule channelsLastOption();

/// Fails unless the first input has `axes` (1 to 3) axes between the batch and
/// the channels.
bool expectSpatial(LayerInference &layer, size_t axes);

/// The result is as the first input.
void inferSame(LayerInference &layer);
/// The same, for layers that take floats only.
void inferSameFloat(LayerInference &layer);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LAYERS_INFERENCE_H
