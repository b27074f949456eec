using System.Globalization;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Dialects;

/// <summary>
/// Numbers with the range that the caller's own API gives them. What it refuses is refused here by field and range; what is only too much
/// for the model that answers is <see cref="SamplingFit"/>'s.
/// </summary>
internal static class RequestNumbers
{
    /// <exception cref="ApiException">No number, or one outside the range.</exception>
    public static double AsNumberWithin(this RequestNode node, double least, double most)
    {
        var number = node.AsNumber();
        return number >= least && number <= most ? number : throw OutOfRange(node, "a number", least, most, number);
    }

    /// <summary>A whole number, at most 2^31-1.</summary>
    /// <exception cref="ApiException">No whole number, or one outside the range.</exception>
    public static uint AsCountWithin(this RequestNode node, uint least, uint most = int.MaxValue)
    {
        var number = node.AsWhole();
        return number >= least && number <= most ? (uint)number : throw OutOfRange(node, "an integer", least, most, number);
    }

    /// <summary>A whole number that may be negative; Google's are of 32 bits.</summary>
    /// <exception cref="ApiException">No whole number, or one outside the range.</exception>
    public static int AsIntegerFrom(this RequestNode node, int least)
    {
        var number = node.AsWhole();
        return number >= least && number <= int.MaxValue ? (int)number : throw OutOfRange(node, "an integer", least, int.MaxValue, number);
    }

    /// <exception cref="ApiException">The list is longer than the caller's API takes.</exception>
    public static void CheckCount(this RequestNode list, int count, int most)
    {
        if (count > most)
        {
            throw list.Unsupported(string.Create(
                CultureInfo.InvariantCulture, $"Invalid '{list.Path}': expected at most {most} elements, but got {count} instead."));
        }
    }

    private static double AsWhole(this RequestNode node) =>
        node.AsNumber() is var number && Math.Floor(number) == number ? number : throw node.WrongType("an integer");

    private static ApiException OutOfRange(RequestNode node, string what, double least, double most, double number)
    {
        var range = most >= int.MaxValue && least > int.MinValue ? $"of at least {least}" : $"between {least} and {most}";
        return node.Unsupported(string.Create(
            CultureInfo.InvariantCulture, $"Invalid '{node.Path}': expected {what} {range}, but got {number} instead."));
    }
}
