using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Polydev.McpTunnel.Status;
using Polydev.McpTunnel.Tunnel;
using Polydev.McpTunnel.Work;
using Polydev.Protos.V1;

namespace Polydev.McpTunnel.Tests.Status;

/// <summary>The report is read on terminals and by models: what others have said is plain in it.</summary>
public sealed class StatusReporterTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void Clis_VendorsWindows_AreToldForPeopleAndForPrograms()
    {
        var cli = new CliInfo
        {
            Provider = "claude",
            State = CliState.Ready,
            Login = LoginKind.Subscription,
            Windows = { new VendorWindow { Label = "5 h", UsedPercent = 99.5, ResetsAt = 1795773600, AsOf = 1795770000 } },
            Overage = new Overage { State = OverageState.InUse, EndsAt = 1795773600 },
            ReservePercent = 15,
            Refusal = "Rate limit exceeded.",
        };

        var report = StatusReporter.Clis(new Catalog { Clis = { cli } }).Single();

        var reset = DateTimeOffset.FromUnixTimeSeconds(1795773600);
        Assert.Multiple(() =>
        {
            Assert.That(report.Login, Is.EqualTo("subscription"));
            Assert.That(report.Windows, Is.EqualTo(new[] { new WindowReport("5 h", 99.5, reset, reset.AddHours(-1)) }));
            Assert.That(report.Overage, Is.EqualTo(new OverageReport("in_use", false, reset, null)));
            Assert.That((report.ReservePercent, report.Refusal), Is.EqualTo(((int?)15, "Rate limit exceeded.")));
            Assert.That(
                StatusText.WithQuota(report),
                Is.EqualTo("claude: ready\n  Windows: 5 h 99.5 % until 2026-11-27 10:00 UTC; paid overage in use, not allowed here\n"
                    + "  Refused now: Rate limit exceeded."));
        });
    }

    [Test]
    public void Clis_NoWindows_SaysNothingOfThem()
    {
        var report = StatusReporter.Clis(new Catalog { Clis = { new CliInfo { Provider = "echo", State = CliState.Ready } } }).Single();

        Assert.That(new object?[] { report.Login, report.Windows, report.Overage, report.ReservePercent, report.Refusal }, Is.All.Null);
        Assert.That(StatusText.WithQuota(report), Is.EqualTo("echo: ready"));
    }

    [Test]
    public void Report_WhatOthersHaveSaid_IsPlainAndShort()
    {
        var state = new TunnelState(_time);
        state.Become(TunnelPhase.Waiting, RemoteText.Endless);
        var calls = new RunningCalls(_time);
        using var call = calls.Begin(new WorkItem { Provider = RemoteText.Endless, Model = RemoteText.Odd });
        var odd = new CliInfo
        {
            Provider = "claude",
            State = CliState.Unusable,
            Version = RemoteText.Odd,
            Hint = RemoteText.Endless,
            Windows = { new VendorWindow { Label = RemoteText.Odd } },
            Refusal = RemoteText.Endless,
            Models = { new ModelInfo { Id = RemoteText.Odd } },
        };

        var access = new TunnelAccess(() => new TunnelSettings { Token = "pd_x" });
        using var runner = new WorkRunner([], new WorkOptions(), calls, _time, NullLogger<WorkRunner>.Instance);
        var identity = new TunnelIdentity("t", RemoteText.Odd, "1", 8);
        var report = new StatusReporter(access, state, identity, calls, runner, _time).Report(new Catalog { Clis = { odd } });

        Assert.Multiple(() =>
        {
            var cli = report.Clis.Single();
            Assert.That((cli.Version, cli.Models.Single()), Is.EqualTo((RemoteText.Plain, RemoteText.Plain)));
            Assert.That(report.Running.Single().Model, Is.EqualTo(RemoteText.Plain));
            Assert.That(report.Process.Machine, Is.EqualTo(RemoteText.Plain));
            Assert.That(cli.Windows!.Single().Label, Is.EqualTo(RemoteText.Plain));
            RemoteText.AssertPlain(cli.Refusal!, 2000);
            RemoteText.AssertPlain(report.Running.Single().Provider, 200);
            RemoteText.AssertPlain(report.Tunnel.Error!, 2000);
            RemoteText.AssertPlain(StatusText.Of(report), 14_000);
            Assert.That(report.Missing, Has.All.Length.LessThan(2100));
        });
    }
}
