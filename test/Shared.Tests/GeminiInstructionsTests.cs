using Polydev.Shared.Models;

namespace Polydev.Shared.Tests;

public sealed class GeminiInstructionsTests
{
    [TestCase("")]
    [TestCase("Be brief.\n\nAnd ${kind}, in $HOME, `${x}`.")]
    [TestCase("${AgentSkills} ${AgentSkills}")]
    [TestCase("${run_shell_command_ToolName}")]
    public void ArriveAsTheyAre_WhatTheCliLeaves_IsTrue(string text) => Assert.That(GeminiInstructions.ArriveAsTheyAre(text), Is.True);

    [TestCase(" Be brief.")]
    [TestCase("Be brief.\n")]
    [TestCase("\ufeffBe brief.")]
    [TestCase("Be\n\n\nbrief.")]
    [TestCase("${SubAgents}")]
    [TestCase("a ${AvailableTools} b")]
    public void ArriveAsTheyAre_WhatTheCliAlters_IsFalse(string text) => Assert.That(GeminiInstructions.ArriveAsTheyAre(text), Is.False);

    [TestCase("no form ${x}", "no form ${x}")]
    [TestCase("${AgentSkills}", "${AgentSkills${SubAgents}}")]
    [TestCase("${SubAgents}${AvailableTools}", "$\u200b{SubAgents}$\u200b{AvailableTools}")]
    [TestCase("${AgentSkills${SubAgents}}", "${AgentSkills$\u200b{SubAgents}}")]
    public void ForFile_Forms_AreKeptFromTheCli(string text, string file) =>
        Assert.That(GeminiInstructions.ForFile(text), Is.EqualTo(file));
}
