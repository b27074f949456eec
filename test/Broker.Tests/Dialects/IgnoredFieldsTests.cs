using Polydev.Broker.Tests.Api;
using Polydev.Broker.Tests.Tunnels;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Dialects;

/// <summary>A caller reads in <c>x-polydev-ignored</c> what the CLI that answered did not honour.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class IgnoredFieldsTests
{
    private RunningBroker _broker = null!;

    [SetUp]
    public async Task SetUp() => _broker = await RunningBroker.StartAsync();

    [TearDown]
    public async Task TearDown() => await _broker.DisposeAsync();

    [TestCase("chat/completions", """{"model":"claude-x","messages":[{"role":"user","content":"x"}],"reasoning_effort":"low"}""",
        "reasoning_effort")]
    [TestCase("responses", """{"model":"claude-x","input":"x","reasoning":{"effort":"none"}}""", "reasoning.effort")]
    [TestCase("messages", """{"model":"claude-x","max_tokens":5,"messages":[{"role":"user","content":"x"}]}""", "max_tokens")]
    [TestCase("google/generate", """{"model":"claude-x","contents":"x","generationConfig":{"thinkingConfig":{"thinkingBudget":0}}}""",
        "generationConfig.thinkingConfig")]
    public async Task Post_ToACliThatHonoursNothing_NamesWhatWasAsked(string path, string body, string field)
    {
        await using var tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("t1", Frames.Cli(Providers.Claude)));
        tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");

        using var response = await _broker.PostAsync(path, body);

        Assert.That(response.Headers.GetValues("x-polydev-ignored"), Is.EqualTo(new[] { field }));
    }

    [TestCase(Providers.Gemini, " Be brief.", true)]
    [TestCase(Providers.Gemini, "Be brief. ${x}", false)]
    [TestCase(Providers.Claude, " Be brief.", false)]
    public async Task Post_SystemTextThatItsCliAlters_SaysSo(string provider, string system, bool altered)
    {
        await using var tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("t1", Frames.Cli(provider)));
        tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");

        using var response = await _broker.PostAsync(
            "messages",
            $$"""{"model":"{{provider}}/x","max_tokens":5,"system":"{{system}}","messages":[{"role":"user","content":"x"}]}""");

        var told = response.Headers.TryGetValues("x-polydev-altered", out var values) ? values : [];
        Assert.That(told, Is.EqualTo(altered ? new[] { "system" } : []));
    }

    [TestCase("Be brief.", "tools.schema")]
    [TestCase(" Be brief.", "system, tools.schema")]
    public async Task Post_ToolsToGeminiCli_SaysThatTheirSchemasAreAltered(string system, string altered)
    {
        var cli = new CliInfo(Frames.Cli(Providers.Gemini)) { Honours = { RequestFeatures.Tools } };
        await using var tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("t1", cli));
        tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");

        using var response = await _broker.PostAsync(
            "messages",
            $$"""
            {"model":"gemini/x","max_tokens":5,"system":"{{system}}","messages":[{"role":"user","content":"x"}],
             "tools":[{"name":"f","input_schema":{"type":"object"} }]}
            """);

        Assert.That(response.Headers.GetValues("x-polydev-altered"), Is.EqualTo(new[] { altered }));
    }

    [TestCase("chat/completions", """{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"x"}],"temperature":2,"top_p":0.5}""",
        "temperature, top_p", true)]
    [TestCase("google/generate", """
        {"model":"claude-opus-5","contents":"x","generationConfig":{"temperature":"1.5","stopSequences":["\n"]}}
        """, "generationConfig.temperature", false)]
    public async Task Post_WhatTheModelTakesInPart_IsFittedAndNamed(string path, string body, string fields, bool hasTemperature)
    {
        string[] honours = [RequestFeatures.Temperature, RequestFeatures.TopP, RequestFeatures.StopSequences];
        var cli = new CliInfo(Frames.Cli(Providers.Claude)) { Honours = { honours } };
        await using var tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("t1", cli));
        var given = new TaskCompletionSource<Sampling>(TaskCreationOptions.RunContinuationsAsynchronously);
        tunnel.Answer = item =>
        {
            given.TrySetResult(item.Sampling);
            return Frames.Answer(item.WorkId, "ok");
        };

        using var response = await _broker.PostAsync(path, body);

        Assert.That(response.IsSuccessStatusCode, Is.True);
        Assert.That(response.Headers.GetValues("x-polydev-ignored"), Is.EqualTo(new[] { fields }));
        var sampling = await given.Task.DefaultTimeout();
        Assert.That((sampling.HasTemperature, sampling.HasTopP), Is.EqualTo((hasTemperature, false)));
        Assert.That(sampling.Temperature, Is.EqualTo(hasTemperature ? 1 : 0));
    }

    [Test]
    public async Task Post_ToACliThatHonoursIt_SaysNothing()
    {
        var cli = new CliInfo(Frames.Cli(Providers.Claude)) { Honours = { RequestFeatures.MaxOutputTokens } };
        await using var tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("t1", cli));
        tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");

        using var response = await _broker.PostAsync(
            "messages", """{"model":"claude-x","max_tokens":5,"messages":[{"role":"user","content":"x"}]}""").DefaultTimeout();

        Assert.That(response.IsSuccessStatusCode, Is.True);
        Assert.That(response.Headers.Contains("x-polydev-ignored"), Is.False);
        Assert.That(response.Headers.Contains("x-polydev-estimated"), Is.False);
    }

    [TestCase("chat/completions", """{"model":"codex/x","messages":[{"role":"user","content":"x"}],"max_completion_tokens":5}""",
        "max_completion_tokens")]
    [TestCase("responses", """{"model":"codex/x","input":"x","max_output_tokens":50}""", "max_output_tokens")]
    [TestCase("messages", """{"model":"codex/x","max_tokens":5,"messages":[{"role":"user","content":"x"}]}""", "max_tokens")]
    [TestCase("messages", """{"model":"codex/x","max_tokens":5,"stream":true,"messages":[{"role":"user","content":"x"}]}""",
        "usage.input_tokens, max_tokens")]
    [TestCase("google/generate", """{"model":"codex/x","contents":"x","generationConfig":{"maxOutputTokens":5}}""",
        "generationConfig.maxOutputTokens")]
    public async Task Post_LimitThatTheTunnelHolds_IsSaidToBeAnEstimate(string path, string body, string fields)
    {
        var cli = new CliInfo(Frames.Cli(Providers.Codex)) { Honours = { RequestFeatures.MaxOutputTokens } };
        await using var tunnel = await _broker.ConnectTunnelAsync(Frames.Hello("t1", cli));
        tunnel.Answer = item => Frames.Answer(item.WorkId, "ok");

        using var response = await _broker.PostAsync(path, body).DefaultTimeout();

        Assert.That(response.IsSuccessStatusCode, Is.True);
        Assert.That(response.Headers.Contains("x-polydev-ignored"), Is.False);
        Assert.That(response.Headers.GetValues("x-polydev-estimated"), Is.EqualTo(new[] { fields }));
    }
}
