using Squad.Grains.Sessions;
using Squad.Grains.Users;

namespace Squad.Grains.Tests;

public sealed class AdmissionTests
{
    [Fact]
    public void A_user_may_fill_the_quota_and_no_more()
    {
        var live = new HashSet<string> { "a", "b" };
        Assert.True(Admission.Decide(live, "c", 3).IsOk);
        var refused = Admission.Decide(live, "c", 2);
        Assert.Equal("quota.sessions", refused.Error!.Code);
        Assert.Equal(("2", "2"), (refused.Error.Facts["limit"], refused.Error.Facts["used"]));
    }

    [Fact]
    public void Asking_again_for_an_admitted_session_is_not_a_second_place() =>
        Assert.True(Admission.Decide(new HashSet<string> { "a" }, "a", 1).IsOk);

    [Theory]
    [InlineData("Fix the login!", "squad/fix-the-login-x1")]
    [InlineData("  Größe:  ändern ", "squad/gr-e-ndern-x1")]
    [InlineData("登录", "squad/x1")]
    [InlineData("../../etc/passwd", "squad/etc-passwd-x1")]
    public void A_branch_name_is_made_of_the_title_and_the_id(string title, string branch) => Assert.Equal(branch, SessionBranch.NameOf(title, "x1"));

    [Fact]
    public void A_branch_name_is_cut() => Assert.Equal("squad/" + new string('a', 40) + "-x1", SessionBranch.NameOf(new string('a', 300), "x1"));
}
