//===-- runtime/Dataset.cpp - rows for a model's functions ----------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Dataset.h"

#include <algorithm>
#include <numeric>

namespace mlc::runtime {

namespace {

std::vector<int64_t> withoutOnes(const std::vector<int64_t> &shape) {
  std::vector<int64_t> rest;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(rest),
               [](int64_t size) { return size != 1; });
  return rest;
}

int64_t product(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                         std::multiplies<>());
}

std::vector<int64_t> rowShapeOf(const std::vector<int64_t> &shape) {
  return std::vector<int64_t>(shape.begin() + 1, shape.end());
}

bool rowsFit(const Array &array, const mlc_tensor &input,
             const std::vector<int64_t> &wanted) {
  std::vector<int64_t> found = rowShapeOf(array.shape);
  if (input.role == MLC_SAMPLE_WEIGHT && product(found) == 1)
    return true;
  if (array.flatRows)
    return product(found) == product(wanted);
  if (array.anyLength)
    return withoutOnes(wanted).size() <= 1;
  return withoutOnes(found) == withoutOnes(wanted);
}

/// Signals cut, or continued by zeros, to `length`.
std::shared_ptr<const Array> ofLength(std::shared_ptr<const Array> signals,
                                      int64_t length) {
  int64_t old = product(rowShapeOf(signals->shape));
  if (!signals->anyLength || old == length)
    return signals;
  auto fitted = std::make_shared<Array>();
  fitted->dtype = signals->dtype;
  fitted->shape = {signals->rows(), length};
  size_t size = sizeOf(signals->dtype);
  fitted->bytes.resize(size * signals->rows() * length);
  for (int64_t row = 0; row < signals->rows(); ++row)
    std::copy_n(signals->bytes.begin() + size * row * old,
                size * std::min(old, length),
                fitted->bytes.begin() + size * row * length);
  return fitted;
}

const char *kindOf(const mlc_tensor &input) {
  switch (input.role) {
  case MLC_TARGET:
    return "target";
  case MLC_SAMPLE_WEIGHT:
    return "sample weights";
  default:
    return "input";
  }
}

/// Where an element lies: "row 5" or "row 5, element 3".
std::string placeText(int64_t element, int64_t perRow) {
  std::string text = concat("row ", element / perRow);
  if (perRow > 1)
    text += concat(", element ", element % perRow);
  return text;
}

Error wrongDtype(const NamedSource &source, const mlc_tensor &input,
                 DType dtype, int64_t element, int64_t perRow) {
  const Array &array = *source.array;
  bool fraction = isFloat(array.dtype) && !isFloat(dtype);
  return fileError(source.file, "wrong dtype for ", kindOf(input), " '",
                   input.name, "': expected ", nameOf(dtype), ", found ",
                   nameOf(array.dtype), " with ", elementText(array, element),
                   " at ", placeText(element, perRow), ", which ",
                   fraction ? "is not an integer of that dtype"
                            : "is out of its range");
}

} // namespace

Expected<Dataset::Column>
Dataset::bindInput(const mlc_tensor &input,
                   const std::vector<NamedSource> &sources) {
  auto source =
      std::find_if(sources.begin(), sources.end(),
                   [&](const NamedSource &s) { return s.name == input.name; });
  auto dtype = fromAbi(input.dtype);
  if (!dtype)
    return makeError(kindOf(input), " '", input.name,
                     "' has a dtype that this runtime doesn't know");
  std::vector<int64_t> wanted(input.shape + 1, input.shape + input.rank);
  int64_t perRow = product(wanted);
  if (source == sources.end() && input.role == MLC_SAMPLE_WEIGHT)
    return Column{input.name, "", nullptr, *dtype, perRow, 0, wanted};
  if (source == sources.end())
    return makeError("no data for ", kindOf(input), " '", input.name, "'");
  const Array &array = *source->array;
  if (array.shape.empty())
    return fileError(source->file, "data for ", kindOf(input), " '", input.name,
                     "' is a single number, expected an array of rows");
  if (!rowsFit(array, input, wanted))
    return fileError(source->file, "wrong shape for ", kindOf(input), " '",
                     input.name, "': each row must have shape ",
                     shapeText(wanted), ", found ",
                     shapeText(rowShapeOf(array.shape)),
                     " (the array has shape ", shapeText(array.shape), ")");
  if (auto bad = firstUnrepresentable(array, *dtype))
    return wrongDtype(*source, input, *dtype, *bad, perRow);
  return Column{input.name, source->file, ofLength(source->array, perRow),
                *dtype,     perRow,       input.range,
                wanted};
}

Expected<Dataset> Dataset::bind(const mlc_function &function,
                                const std::vector<NamedSource> &sources) {
  Dataset data;
  for (int32_t i = 0; i < function.input_count; ++i) {
    auto column = bindInput(function.inputs[i], sources);
    if (!column)
      return column.takeError();
    data.columns.push_back(std::move(*column));
  }
  if (data.columns.empty())
    return makeError("function ", function.name, " takes no data");
  if (auto counted = data.countRows(); !counted)
    return counted.takeError();
  return data;
}

Status Dataset::countRows() {
  const Column &first = columns[0];
  rowCount = first.array->rows();
  if (rowCount == 0)
    return fileError(first.file, "no rows for '", first.name, "'");
  for (const Column &column : columns)
    if (column.array && column.array->rows() != rowCount)
      return fileError(column.file, "'", column.name, "' has ",
                       column.array->rows(), " rows, but '", first.name,
                       "' has ", rowCount,
                       first.file.empty() ? "" : " in " + first.file);
  return {};
}

namespace {

/// `count` ones.
void fillOnes(DType dtype, std::byte *to, int64_t count) {
  const float one = 1;
  for (int64_t i = 0; i < count; ++i)
    convertElements(DType::F32, reinterpret_cast<const std::byte *>(&one),
                    dtype, to + i * sizeOf(dtype), 1);
}

} // namespace

BatchBuffer::BatchBuffer(const Dataset &dataset, int64_t batch)
    : data(dataset), batch(batch), pointers(dataset.columns.size()) {
  for (size_t c = 0; c < data.columns.size(); ++c) {
    const Dataset::Column &column = data.columns[c];
    blocks.emplace_back(batch * column.elements * sizeOf(column.dtype));
    pointers[c] = blocks.back().data();
    if (!column.array)
      fillOnes(column.dtype, blocks.back().data(), batch * column.elements);
  }
}

void BatchBuffer::gather(const std::vector<int64_t> *order, int64_t begin) {
  rowCount = std::min(batch, data.rowCount - begin);
  gathered.resize(static_cast<size_t>(rowCount));
  for (int64_t i = 0; i < rowCount; ++i)
    gathered[static_cast<size_t>(i)] =
        order ? (*order)[static_cast<size_t>(begin + i)] : begin + i;
  for (size_t c = 0; c < data.columns.size(); ++c)
    if (data.columns[c].array)
      gatherColumn(c, order, begin);
}

void BatchBuffer::gatherColumn(size_t index, const std::vector<int64_t> *order,
                               int64_t begin) {
  const Dataset::Column &column = data.columns[index];
  DType from = column.array->dtype;
  const std::byte *source = column.array->bytes.data();
  int64_t repeats = column.isRepeated() ? column.elements : 1;
  int64_t count = column.elements / repeats; // read at a time
  int64_t sourceRow = count * sizeOf(from);
  if (!order && from == column.dtype && repeats == 1) {
    pointers[index] = source + begin * sourceRow;
    return;
  }
  std::byte *to = blocks[index].data();
  pointers[index] = to;
  for (int64_t row : gathered)
    for (int64_t i = 0; i < repeats; ++i) {
      convertElements(from, source + row * sourceRow, column.dtype, to, count);
      to += count * sizeOf(column.dtype);
    }
}

Error BatchBuffer::explain(mlc_status status, const char *function) const {
  int32_t code = mlc_status_code(status);
  if (code == MLC_BAD_ROWS)
    return makeError(function, " was called with ", rowCount,
                     " rows, expected 1 to ", batch);
  size_t input = static_cast<size_t>(mlc_status_input(status));
  int64_t element = mlc_status_element(status);
  bool known = code == MLC_OUT_OF_RANGE && input < data.columns.size() &&
               element >= 0 &&
               element < rowCount * data.columns[input].elements;
  if (!known)
    return statusError(function, status);
  const Dataset::Column &column = data.columns[input];
  int64_t row = gathered[static_cast<size_t>(element / column.elements)];
  int64_t place = row * column.elements + element % column.elements;
  return fileError(column.file, "value ", elementText(*column.array, place),
                   " for '", column.name, "' at ",
                   placeText(place, column.elements),
                   " is out of range: expected 0 to ", column.range - 1);
}

} // namespace mlc::runtime
