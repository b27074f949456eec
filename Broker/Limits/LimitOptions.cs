using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Polydev.Broker.Hosting;

namespace Polydev.Broker.Limits;

/// <summary>
/// How much the broker takes at once, and for how long (docs/designs/0003). Read from the configuration's section
/// <c>Polydev:Limits</c>, that is from environment variables such as <c>POLYDEV__LIMITS__CALLSPERKEY</c>.
/// </summary>
internal sealed record LimitOptions
{
    public const string Section = "Polydev:Limits";

    private const long Mebibyte = 1024 * 1024;

    /// <summary>Bytes of bodies being read at once, over all callers. 128 MiB by default, which is four of the largest.</summary>
    [Range(64 * Mebibyte, 65_536 * Mebibyte)]
    public long BodyBytes { get; init; } = 128 * Mebibyte;

    /// <summary>Calls that one key may have in hand.</summary>
    [Range(1, 1_000_000)]
    public int CallsPerKey { get; init; } = 128;

    /// <summary>Calls that all keys of one account may have in hand.</summary>
    [Range(1, 1_000_000)]
    public int CallsPerAccount { get; init; } = 256;

    /// <summary>Calls that the broker has in hand for all callers.</summary>
    [Range(1, 1_000_000)]
    public int Calls { get; init; } = 2048;

    /// <summary>A call ends after this time, however busy its CLI is. 30 minutes by default; the command line says it.</summary>
    public TimeSpan CallTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <exception cref="OptionsValidationException">Names each value that is none, with what it may be.</exception>
    public static LimitOptions Read(IConfiguration configuration) =>
        ConfiguredOptions.Read<LimitOptions>(configuration, Section, options => [options]);
}
