// What a reader of the page meets, as test_mail_looks.py asks for it: how wide it is, every piece of text
// with its size and its contrast (WCAG 2.2, success criterion 1.4.3), and where its links lead.
(() => {
    const colour = (css) => {
        const [red, green, blue, alpha = 1] = css.match(/[\d.]+/g).map(Number);
        return {channels: [red, green, blue], alpha};
    };
    const over = (top, below) =>
        top.channels.map((each, at) => each * top.alpha + below[at] * (1 - top.alpha));
    // Pictures would need to be looked at: a mail that has one behind its text has no contrast here.
    const background = (element) => {
        const layers = [];
        for (let at = element; at; at = at.parentElement) {
            const style = getComputedStyle(at);
            if (style.backgroundImage !== "none") return null;
            const layer = colour(style.backgroundColor);
            if (layer.alpha > 0) layers.unshift(layer);
            if (layer.alpha === 1) return layers.reduce((below, top) => over(top, below), [0, 0, 0]);
        }
        return null;
    };
    const luminance = (channels) => {
        const [red, green, blue] = channels.map((each) => {
            const share = each / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (element) => {
        const below = background(element);
        if (below === null) return 0;
        const ink = over(colour(getComputedStyle(element).color), below);
        const [dark, bright] = [luminance(ink), luminance(below)].sort((one, other) => one - other);
        return (bright + 0.05) / (dark + 0.05);
    };

    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        const element = walker.currentNode.parentElement;
        if (text === "" || !element.checkVisibility()) continue;
        texts.push({
            text,
            sizePx: parseFloat(getComputedStyle(element).fontSize),
            contrast: contrast(element),
        });
    }
    return {
        widthPx: document.documentElement.scrollWidth,
        texts,
        links: [...document.querySelectorAll("a")].map((each) => each.getAttribute("href")),
    };
})()
