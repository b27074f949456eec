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
        var number = node.AsNumber();
        if (Math.Floor(number) != number)
        {
            throw node.WrongType("an integer");
        }

        return number >= least && number <= most ? (uint)number : throw OutOfRange(node, "an integer", least, most, number);
    }

    /// <summary>A seed as Google takes it: 32 bits.</summary>
    /// <exception cref="ApiException">No whole number, or one outside the range.</exception>
    public static long AsInt32(this RequestNode node)
    {
        var number = node.AsInteger();
        return number is >= int.MinValue and <= int.MaxValue
            ? number
            : throw OutOfRange(node, "an integer", int.MinValue, int.MaxValue, number);
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

    private static ApiException OutOfRange(RequestNode node, string what, double least, double most, double number)
    {
        var range = most >= int.MaxValue && least >= 0 ? $"of at least {least}" : $"between {least} and {most}";
        return node.Unsupported(string.Create(
            CultureInfo.InvariantCulture, $"Invalid '{node.Path}': expected {what} {range}, but got {number} instead."));
    }
}
