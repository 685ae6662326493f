using System.Text;
using System.Text.Json;
using Squad.Keeper.Events;
using Squad.Keeper.Work;

namespace Squad.Keeper.Tests;

public sealed class JsonTextTests
{
    [Fact]
    public void Escape_AnyBytes_ReadsBackAsTheirUtf8Text()
    {
        var random = new Random(42);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = RandomText(random);
            var target = new byte[bytes.Length * JsonText.GrowthMax];
            var length = JsonText.Escape(bytes, target);
            var json = "\""u8.ToArray().Concat(target[..length]).Append((byte)'"').ToArray();
            Assert.DoesNotContain(json, code => code < 0x20);
            Assert.Equal(Encoding.UTF8.GetString(bytes), JsonSerializer.Deserialize<string>(json));
        }
    }

    [Fact]
    public void WholeCharacters_EveryCut_HoldsBackOnlyWhatCanStillBecomeACharacter()
    {
        var text = Encoding.UTF8.GetBytes("a\u00e9\u20ac\U0001F600z");
        int[] boundaries = [0, 1, 3, 6, 10, 11];
        for (var cut = 0; cut <= text.Length; cut++)
            Assert.Equal(boundaries.Last(at => at <= cut), JsonText.WholeCharacters(text.AsSpan(0, cut)));
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0x80 }, 2)]
    [InlineData(new byte[] { 0x80, 0x80, 0x80, 0x80 }, 4)]
    [InlineData(new byte[] { 0x61, 0xFF }, 2)]
    [InlineData(new byte[] { 0xE2, 0x28 }, 2)]
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 }, 0)]
    [InlineData(new byte[] { 0xED, 0xA0 }, 2)]
    public void WholeCharacters_Garbage_IsNotHeldBack(byte[] text, int whole) => Assert.Equal(whole, JsonText.WholeCharacters(text));

    [Theory]
    [InlineData("{}", true)]
    [InlineData("{\"a\":\"\\u00e9\\ud83d\\ude00\"}", true)]
    [InlineData("{\"a\":\"\\ud83d\"}", false)]
    [InlineData("{\"\\udc00\":1}", false)]
    [InlineData("{\"a\":1}{}", false)]
    [InlineData("{\"a\":1", false)]
    [InlineData("[]", false)]
    [InlineData("{'a':1}", false)]
    [InlineData("{\"a\":NaN}", false)]
    public void IsObject_Line_Result(string line, bool expected) => Assert.Equal(expected, JsonText.IsObject(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void IsObject_TooDeep_False() =>
        Assert.False(JsonText.IsObject(Encoding.ASCII.GetBytes("{\"a\":" + new string('[', 63) + new string(']', 63) + "}")));

    [Theory]
    [InlineData("", 0, 0, 0)]
    [InlineData(" 1 file changed, 1 insertion(+)\n", 1, 0, 1)]
    [InlineData(" 3 files changed, 10 insertions(+), 2 deletions(-)\n", 10, 2, 3)]
    [InlineData(" 1 file changed, 0 insertions(+), 0 deletions(-)", 0, 0, 1)]
    public void Shortstat_Output_Numbers(string text, int added, int removed, int files) => Assert.Equal((added, removed, files), DiffWatcher.Parse(text));

    private static byte[] RandomText(Random random)
    {
        var bytes = new byte[random.Next(0, 80)];
        random.NextBytes(bytes);
        // Pure noise is almost never valid: most rounds mix plain text, characters of all lengths, controls and a little noise.
        string[] pieces = ["plain text ", "\"", "\\", "\u00e9", "\u20ac", "\U0001F600", "\t", "\u001b[31m", "\r", "\0", "\u2028", "\u007f"];
        if (random.Next(4) == 0)
            return bytes;
        var text = string.Concat(Enumerable.Range(0, random.Next(0, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
        return [.. Encoding.UTF8.GetBytes(text), .. random.Next(3) == 0 ? bytes : []];
    }
}
