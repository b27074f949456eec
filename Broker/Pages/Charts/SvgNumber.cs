using System.Globalization;

namespace Polydev.Broker.Pages.Charts;

/// <summary>Lengths of a drawing. They are shares of its size, so that it stretches with the page and its text never does.</summary>
internal static class SvgNumber
{
    public static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    public static string Percent(double number) => $"{Text(number)}%";
}
