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
            Models = { new ModelInfo { Id = RemoteText.Odd } },
        };

        var access = new TunnelAccess(() => new TunnelSettings { Token = "pd_x" });
        var report = new StatusReporter(access, state, calls, _time).Report(new Catalog { Clis = { odd } });

        Assert.Multiple(() =>
        {
            var cli = report.Clis.Single();
            Assert.That((cli.Version, cli.Models.Single()), Is.EqualTo((RemoteText.Plain, RemoteText.Plain)));
            Assert.That(report.Running.Single().Model, Is.EqualTo(RemoteText.Plain));
            RemoteText.AssertPlain(report.Running.Single().Provider, 200);
            RemoteText.AssertPlain(report.Tunnel.Error!, 2000);
            RemoteText.AssertPlain(StatusText.Of(report), 12_000);
            Assert.That(report.Missing, Has.All.Length.LessThan(2100));
        });
    }
}
