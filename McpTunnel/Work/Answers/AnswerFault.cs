using Polydev.McpTunnel.Clis;

namespace Polydev.McpTunnel.Work.Answers;

/// <summary>What is wrong with an answer.</summary>
/// <param name="ForModel">What it is told, so that it can do better.</param>
/// <param name="ForCaller">A failure's words: nothing of the content but names and places.</param>
/// <param name="Call">The call that it is about; null: the text.</param>
internal sealed record AnswerFault(string ForModel, string ForCaller, SlippedCall? Call = null);
