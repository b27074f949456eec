using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Pages.Viewing;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Pages;

/// <summary>Machines as pages are given them, and who looks.</summary>
internal static class SomeMachines
{
    /// <summary>14:38 in Berlin.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 24, 13, 38, 0, TimeSpan.Zero);

    public static Viewer InBerlin { get; } = new()
    {
        Now = Now,
        Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"),
        Site = "https://polydev.example",
    };

    public static Machine Online(string name, params CliInfo[] clis) => Offline(name) with
    {
        Online =
        [
            new OnlineTunnel($"session-{name}", $"tunnel-{name}", name, "0.1.0", Now.AddHours(-3), false, 0, clis)
            {
                TokenId = name,
                Slots = 8,
            },
        ],
    };

    public static Machine Offline(string name, DateTimeOffset? since = null, ConnectionEnding ending = ConnectionEnding.Lost) => new()
    {
        Token = new Credential
        {
            Id = name,
            Kind = CredentialKind.TunnelToken,
            AccountId = "ann",
            Name = name,
            CreatedAt = Now.AddDays(-9),
        },
        Online = [],
        LastDay = [],
        LastEnded = since is { } end ? Connection(end.AddHours(-1), end) with { Ending = ending } : null,
    };

    public static MachineConnection Connection(DateTimeOffset from, DateTimeOffset? to) => new()
    {
        Id = $"{from.Ticks}",
        AccountId = "ann",
        TokenId = "studio",
        BeganAt = from,
        SeenAt = to ?? Now,
        EndedAt = to,
    };

    public static CliInfo Cli(string provider, CliState state = CliState.Ready, double? used = null, DateTimeOffset? resets = null)
    {
        var cli = new CliInfo { Provider = provider, Version = "1.0", State = state, Login = LoginKind.Subscription };
        if (used is { } percent)
        {
            cli.Windows.Add(new VendorWindow
            {
                Label = "5 h",
                UsedPercent = percent,
                ResetsAt = resets?.ToUnixTimeSeconds() ?? 0,
                AsOf = Now.ToUnixTimeSeconds(),
            });
        }

        return cli;
    }
}
