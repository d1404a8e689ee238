"""What the people of the story call things, and the files they bring."""

OPEN_TITLE = "城市空气质量逐日监测数据"
HELD_TITLE = "重点排污单位监测数据"
READINGS = (
    "站点编码,站点名称,监测日期,细颗粒物浓度\r\n"
    "000731,喀什噶尔站𠮷,2026-05-01,35.50\r\n"
    "000731,喀什噶尔站𠮷,2026-05-02,80.25\r\n"
    "004002,和田绿洲站,2026-05-01,12.00\r\n"
)
EMISSIONS = "企业编码,污染物,排放量\n00917,二氧化硫,12.50\n00917,氮氧化物,8.00\n01002,二氧化硫,3.25\n"
RAGGED = "企业编码,污染物,排放量\n00917,二氧化硫,12.5\n00917,氮氧化物\n"
APPLICANT = "applicant-of-the-story@example.org"
SECRET_WORD = "correct-horse-battery-story"
