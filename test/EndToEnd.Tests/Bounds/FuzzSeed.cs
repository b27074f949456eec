using System.Globalization;
using System.Security.Cryptography;

namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>Of what a run's cases are made, each with its own number: any, unless <c>POLYDEV_FUZZ=seed[:number]</c> names one.</summary>
internal static class FuzzSeed
{
    /// <summary>The one case that is asked for alone; null: all.</summary>
    public static (int Seed, int? Only) Asked()
    {
        var asked = Environment.GetEnvironmentVariable("POLYDEV_FUZZ") is { Length: > 0 } named ? named.Split(':') : [];
        var numbers = Array.ConvertAll(asked, text => int.Parse(text, CultureInfo.InvariantCulture));
        return (numbers.Length > 0 ? numbers[0] : RandomNumberGenerator.GetInt32(1_000_000), numbers.Length > 1 ? numbers[1] : null);
    }
}
